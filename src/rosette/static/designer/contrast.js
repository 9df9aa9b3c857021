/*
 * Whether texts, icons and marks stand out from what is behind them.
 *
 * Contrast as WCAG 2.2 measures it ("relative luminance", "contrast ratio"): 4.5 is asked of small
 * texts, 3 of large ones and of signs.
 */

import { colourOf } from "./design.js";
import { contains, outline } from "./shapes.js";
import { samples } from "./text.js";

const LARGE = 24;
const PAPER = "#ffffff"; // where nothing is behind, most pages are white

export function luminance(colour) {
  const [r, g, b] = channels(colour).map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function ratio(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** What is hard to see: [{id, ratio, wanted}], the worst first. */
export function warnings(design, supply) {
  const found = [];
  design.layers.forEach((layer, place) => {
    const colour = { text: layer.colour, icon: layer.colour, marks: layer.colour }[layer.kind];
    if (!colour || layer.hidden || (layer.kind === "text" && !layer.text.trim())) return;
    if (layer.kind === "marks" && !layer.count) return;
    const wanted = layer.kind === "text" && layer.size < LARGE ? 4.5 : 3;
    const own = colourOf(design, colour);
    const least = Math.min(
      ...points(layer, supply).flatMap(([x, y]) =>
        behind(design, place, x, y, supply).map((ground) => ratio(mixed(own, ground, layer.opacity), ground)),
      ),
    );
    if (least < wanted) found.push({ id: layer.id, ratio: Math.floor(least * 10) / 10, wanted });
  });
  return found.sort((a, b) => a.ratio - b.ratio);
}

function points(layer, supply) {
  const font = layer.kind === "text" ? supply.fonts[layer.font] : null;
  const around =
    font ? samples(layer, font)
    : layer.kind === "marks" ? [[-layer.width / 3, 0], [0, 0], [layer.width / 3, 0]]
    : [[0, 0], [-layer.width / 4, 0], [layer.width / 4, 0], [0, -layer.height / 4], [0, layer.height / 4]];
  return around.map(([x, y]) => turned(x, y, layer.turn)).map(([x, y]) => [layer.x + x, layer.y + y]);
}

/** The colours at that point below the layer of that place: both ends of a gradient. */
function behind(design, place, x, y, supply) {
  for (const layer of design.layers.slice(0, place).reverse()) {
    if (layer.hidden) continue;
    const [inX, inY] = turned(x - layer.x, y - layer.y, -layer.turn);
    const isPicture = layer.kind === "picture" || (layer.kind === "logo" && supply.logo);
    if (isPicture && Math.abs(inX) <= layer.width / 2 && Math.abs(inY) <= layer.height / 2) return [];
    if (layer.kind !== "shape" || layer.fill.kind === "none") continue;
    if (!contains(outline(layer.shape, layer.width, layer.height), inX, inY)) continue;
    const colours = [layer.fill.a, ...(layer.fill.kind === "flat" ? [] : [layer.fill.b])];
    if (layer.opacity >= 100) return colours.map((colour) => colourOf(design, colour));
    const grounds = behind(design, design.layers.indexOf(layer), x, y, supply);
    return colours.flatMap((colour) => grounds.map((ground) => mixed(colourOf(design, colour), ground, layer.opacity)));
  }
  return [PAPER];
}

function turned(x, y, degrees) {
  const angle = (degrees * Math.PI) / 180;
  return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
}

function mixed(over, under, percent) {
  const below = channels(under);
  const parts = channels(over).map((part, place) => Math.round((part * percent + below[place] * (100 - percent)) / 100));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

const channels = (colour) => [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
