/*
 * What a design is: plain JSON, and the changes that can be made to it, each giving a new design.
 *
 * A design is {version, palette, layers}, drawn on a square of 400 units, the first layer
 * undermost. A colour is "#rrggbb" or "@slot", a name of the palette. A fill is {kind, a, b, angle}
 * with kind none, flat, linear or radial. What a layer has of its own stands in `KINDS`.
 */

import { SHAPES } from "./shapes.js";

export const SIDE = 400;
export const MOST_LAYERS = 60;
export const SLOTS = ["main", "deep", "accent", "light", "ink"];
export const FONTS = ["montserrat", "oswald", "source-serif"];
export const FILLS = ["none", "flat", "linear", "radial"];
export const BORDERS = ["solid", "dashed", "dotted", "double"];
export const BENDS = ["none", "over", "under"];
export const MARKS = ["star", "circle", "diamond", "chevron", "bar"];
export const PALETTE = { main: "#1d4e89", deep: "#0f2f57", accent: "#d9a441", light: "#ffffff", ink: "#14213d" };

const flat = (a) => ({ kind: "flat", a, b: a, angle: 0 });

const COMMON = {
  x: number(-SIDE, 2 * SIDE, SIDE / 2),
  y: number(-SIDE, 2 * SIDE, SIDE / 2),
  width: number(1, 2 * SIDE, 200),
  height: number(1, 2 * SIDE, 200),
  turn: number(-360, 360, 0),
  opacity: number(0, 100, 100),
  hidden: (value) => value === true,
};

/** What a picture is called: any text, without what no XML may hold. */
export const title = words(200, "");

/** Of each kind of layer, what it has beside `COMMON`: a reader that makes sense of any value. */
export const KINDS = {
  shape: {
    shape: among(Object.keys(SHAPES), "circle"),
    fill: fill(flat("@main")),
    line: colour("@accent"),
    lineWidth: number(0, 60, 0),
    border: among(BORDERS, "solid"),
  },
  text: {
    text: words(120, ""),
    font: among(FONTS, "montserrat"),
    size: number(6, 160, 30),
    spacing: number(-10, 60, 0),
    bend: among(BENDS, "none"),
    radius: number(20, 400, 140),
    colour: colour("@light"),
  },
  icon: {
    icon: (value) => (typeof value === "string" && /^[a-z0-9-]{1,60}$/.test(value) ? value : "award"),
    colour: colour("@light"),
    weight: number(0.5, 4, 2),
  },
  marks: {
    mark: among(MARKS, "star"),
    count: number(0, 7, 1),
    total: number(1, 7, 3),
    colour: colour("@accent"),
    empty: colour("@deep"),
  },
  picture: {
    href: (value) => (typeof value === "string" && PICTURE.test(value) ? value : ""),
    text: title,
  },
  // A place for the logo of the issuer, which is no part of the design: it is the one of today.
  logo: {},
};
export const PICTURE = /^data:image\/png;base64,[A-Za-z0-9+/]+=*$/;

/** A design of whatever was read: unknown things left out, wrong values put right; null for none. */
export function read(value) {
  if (value === null || typeof value !== "object" || !Array.isArray(value.layers)) return null;
  const given = value.palette && typeof value.palette === "object" ? value.palette : {};
  const palette = Object.fromEntries(SLOTS.map((slot) => [slot, hex(given[slot]) ?? PALETTE[slot]]));
  const layers = value.layers
    .filter((layer) => layer && Object.hasOwn(KINDS, layer.kind))
    .slice(0, MOST_LAYERS)
    .map((layer, place) => ({ ...readLayer(layer), id: place + 1 }));
  return { version: 1, palette, layers };
}

export const empty = () => ({ version: 1, palette: { ...PALETTE }, layers: [] });

/** The layer that is meant; undefined if there is none. */
export const find = (design, id) => design.layers.find((layer) => layer.id === id);

/** With one more layer on top (or above `above`); its id is the design's highest. */
export function add(design, layer, above = null) {
  if (design.layers.length >= MOST_LAYERS) return design;
  const id = 1 + Math.max(0, ...design.layers.map((other) => other.id));
  const layers = [...design.layers];
  const place = above === null ? layers.length : 1 + layers.findIndex((other) => other.id === above);
  layers.splice(place, 0, { ...readLayer(layer), id });
  return { ...design, layers };
}

export const change = (design, id, values) => ({
  ...design,
  layers: design.layers.map((layer) => (layer.id === id ? { ...readLayer({ ...layer, ...values }), id } : layer)),
});

export const remove = (design, id) => ({ ...design, layers: design.layers.filter((layer) => layer.id !== id) });

export function duplicate(design, id) {
  const layer = find(design, id);
  return layer ? add(design, { ...layer, x: layer.x + 12, y: layer.y + 12 }, id) : design;
}

/** The layer moved by so many places, up if positive. */
export function restack(design, id, by) {
  const from = design.layers.findIndex((layer) => layer.id === id);
  const to = Math.min(design.layers.length - 1, Math.max(0, from + by));
  if (from < 0 || from === to) return design;
  const layers = [...design.layers];
  layers.splice(to, 0, ...layers.splice(from, 1));
  return { ...design, layers };
}

export function move(design, id, dx, dy) {
  const layer = find(design, id);
  return layer ? change(design, id, { x: layer.x + dx, y: layer.y + dy }) : design;
}

/** Put an edge or the middle of the layer to that of the badge. `to`: left, center, right, top, middle, bottom. */
export function align(design, id, to) {
  const layer = find(design, id);
  if (!layer) return design;
  const { width, height } = box(layer);
  const places = {
    left: { x: width / 2 }, center: { x: SIDE / 2 }, right: { x: SIDE - width / 2 },
    top: { y: height / 2 }, middle: { y: SIDE / 2 }, bottom: { y: SIDE - height / 2 },
  };
  return change(design, id, places[to] ?? {});
}

/** About how much room the layer takes; texts have no width of their own until they are set. */
export function box(layer) {
  if (layer.kind !== "text") return { width: layer.width, height: layer.height };
  if (layer.bend !== "none") return { width: 2 * layer.radius, height: 2 * layer.radius };
  return { width: layer.size * 0.62 * [...layer.text].length, height: layer.size };
}

export const colourOf = (design, value) => (value.startsWith("@") ? design.palette[value.slice(1)] : value);

/** Snap to the middle of the badge within `reach` units, else to whole units. */
export const snapped = (value, reach = 4) => (Math.abs(value - SIDE / 2) <= reach ? SIDE / 2 : Math.round(value));

function readLayer(layer) {
  const readers = { ...COMMON, ...KINDS[layer.kind] };
  const read = Object.entries(readers).map(([name, reader]) => [name, reader(layer[name])]);
  return { kind: layer.kind, ...Object.fromEntries(read) };
}

function number(least, most, otherwise) {
  return (value) => {
    const read = value === "" || value === null ? NaN : Number(value);
    return Number.isFinite(read) ? Math.min(most, Math.max(least, Math.round(read * 100) / 100)) : otherwise;
  };
}

function among(values, otherwise) {
  return (value) => (values.includes(value) ? value : otherwise);
}

function words(most, otherwise) {
  // What no XML may hold: control signs, half letters, and two that are none.
  return (value) => (typeof value === "string" ? [...value.replace(/[\u0000-\u001f\u007f\ufffe\uffff]|\p{Cs}/gu, " ")].slice(0, most).join("") : otherwise);
}

function hex(value) {
  return typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : null;
}

function colour(otherwise) {
  return (value) => hex(value) ?? (typeof value === "string" && SLOTS.includes(value.slice(1)) && value[0] === "@" ? value : otherwise);
}

function fill(otherwise) {
  return (value) => {
    if (value === null || typeof value !== "object" || !FILLS.includes(value.kind)) return { ...otherwise };
    return { kind: value.kind, a: colour("@main")(value.a), b: colour("@deep")(value.b), angle: number(0, 360, 0)(value.angle) };
  };
}
