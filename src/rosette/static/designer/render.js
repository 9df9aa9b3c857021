/*
 * A design as SVG that stands by itself: letters are outlines, icons are drawn in, nothing is fetched.
 *
 * `supply` is {icons, fonts, logo}: the files of data/, and the issuer's logo as {href, text} or null.
 * Everything comes out of `design.read`, so numbers are numbers and colours colours; texts are escaped.
 */

import { SIDE, colourOf } from "./design.js";
import { outline } from "./shapes.js";
import { set } from "./text.js";

export const escaped = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
const short = (number) => String(Math.round(number * 100) / 100);

/**
 * The whole picture. `extra` are attributes for its outermost element, `name` is read aloud.
 * `vacant` is written where a logo is to be and there is none; without it, nothing is drawn there.
 */
export function render(design, supply, { extra = "", name = "", vacant = "" } = {}) {
  const defs = [];
  const drawn = design.layers
    .filter((layer) => !layer.hidden)
    .map((layer) => group(design, layer, { ...supply, vacant }, defs))
    .join("");
  const title = name ? `<title>${escaped(name)}</title>` : "";
  const shared = defs.length ? `<defs>${defs.join("")}</defs>` : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}" width="${SIDE}" height="${SIDE}"${extra}>${title}${shared}${drawn}</svg>`;
}

/** What the picture says: its texts, the uppermost last. */
export const saidBy = (design) =>
  design.layers.filter((layer) => !layer.hidden && layer.text).map((layer) => layer.text).join(", ");

function group(design, layer, supply, defs) {
  const turn = layer.turn ? ` rotate(${short(layer.turn)})` : "";
  const opacity = layer.opacity < 100 ? ` opacity="${layer.opacity / 100}"` : "";
  const inner = DRAWN[layer.kind](design, layer, supply, defs);
  return `<g data-layer="${layer.id}" transform="translate(${short(layer.x)} ${short(layer.y)})${turn}"${opacity}>${inner}</g>`;
}

const DRAWN = {
  shape(design, layer, _, defs) {
    const path = outline(layer.shape, layer.width, layer.height);
    const line = colourOf(design, layer.line);
    const width = layer.lineWidth;
    let dashes = "";
    if (layer.border === "dashed") dashes = ` stroke-dasharray="${short(width * 2.5)} ${short(width * 1.6)}"`;
    if (layer.border === "dotted") dashes = ` stroke-dasharray="0 ${short(width * 2)}" stroke-linecap="round"`;
    const stroke = width ? ` stroke="${line}" stroke-width="${short(width)}" stroke-linejoin="round"${dashes}` : "";
    const once = `<path d="${path}" fill="${painted(design, layer, defs)}"${stroke}/>`;
    if (!width || layer.border !== "double") return once;
    const gap = width * 4;
    const inside = outline(layer.shape, Math.max(1, layer.width - gap), Math.max(1, layer.height - gap));
    return `${once}<path d="${inside}" fill="none" stroke="${line}" stroke-width="${short(width / 2)}" stroke-linejoin="round"/>`;
  },

  text(design, layer, { fonts }) {
    const font = fonts[layer.font];
    if (!font) return "";
    const { scale, places } = set(layer, font);
    const letters = places.map(({ path, x, y, turn }) => {
      const turned = turn ? `rotate(${short(turn)})` : "";
      return `<path transform="translate(${short(x)} ${short(y)})${turned}scale(${Math.round(scale * 1e5) / 1e5})" d="${path}"/>`;
    });
    return `<g fill="${colourOf(design, layer.colour)}">${letters.join("")}</g>`;
  },

  icon(design, layer, { icons }) {
    const [drawing] = Object.hasOwn(icons, layer.icon) ? icons[layer.icon] : [""];
    const x = layer.width / 24;
    const y = layer.height / 24;
    return `<g transform="scale(${short4(x)} ${short4(y)})translate(-12 -12)" fill="none" stroke="${colourOf(design, layer.colour)}" stroke-width="${layer.weight}" stroke-linecap="round" stroke-linejoin="round">${drawing}</g>`;
  },

  marks(design, layer) {
    const total = Math.max(layer.total, layer.count);
    const step = layer.width / total;
    const side = Math.min(layer.height, step * 0.86);
    let drawn = "";
    for (let number = 0; number < total; number += 1) {
      const x = (number - (total - 1) / 2) * step;
      const colour = colourOf(design, number < layer.count ? layer.colour : layer.empty);
      drawn += `<path transform="translate(${short(x)} 0)" fill="${colour}" d="${mark(layer.mark, side)}"/>`;
    }
    return drawn;
  },

  picture(_, layer) {
    return layer.href ? image(layer, layer.href, layer.text) : "";
  },

  logo(_, layer, { logo, vacant }) {
    if (logo) return image(layer, logo.href, logo.text);
    if (!vacant) return "";
    const size = short(Math.min(16, layer.height / 2, (1.6 * layer.width) / [...vacant].length));
    return `<rect ${area(layer)} class="vacant"/><text class="vacant" font-size="${size}" text-anchor="middle" dominant-baseline="central">${escaped(vacant)}</text>`;
  },
};

const area = ({ width, height }) =>
  `x="${short(-width / 2)}" y="${short(-height / 2)}" width="${short(width)}" height="${short(height)}"`;

function image(layer, href, text) {
  const name = text ? `<title>${escaped(text)}</title>` : "";
  return `<image id="${layer.kind}-${layer.id}" href="${href}" ${area(layer)}>${name}</image>`;
}

const short4 = (number) => String(Math.round(number * 1e4) / 1e4);

function mark(kind, side) {
  const r = side / 2;
  if (kind === "bar") return outline("rounded", side * 0.9, side * 0.34);
  if (kind === "chevron") {
    const points = [[-r, r * 0.5], [0, -r * 0.5], [r, r * 0.5], [r, r], [0, 0], [-r, r]];
    return `M${points.map((point) => point.map(short).join(" ")).join("L")}Z`;
  }
  return outline(kind, side, side);
}

function painted(design, layer, defs) {
  const { kind, a, b, angle } = layer.fill;
  if (kind === "none") return "none";
  const from = colourOf(design, a);
  if (kind === "flat") return from;
  const id = `fill-${layer.id}`;
  const stops = `<stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${colourOf(design, b)}"/>`;
  if (kind === "radial") {
    defs.push(`<radialGradient id="${id}" cx="0.5" cy="0.4" r="0.62">${stops}</radialGradient>`);
  } else {
    const [x, y] = [Math.sin((angle * Math.PI) / 180) / 2, -Math.cos((angle * Math.PI) / 180) / 2];
    defs.push(`<linearGradient id="${id}" x1="${short(0.5 - x)}" y1="${short(0.5 - y)}" x2="${short(0.5 + x)}" y2="${short(0.5 + y)}">${stops}</linearGradient>`);
  }
  return `url(#${id})`;
}
