/*
 * The design within its own SVG, so that the picture can be changed later, wherever it was copied to.
 *
 * It stands in `data-design` of the outermost element: "1." and JSON in base64url, which the
 * server's cleaning of pictures leaves alone. Pictures that were put in stand in the SVG already;
 * the design names them by the id of their element. Of the issuer's logo it has the place alone.
 */

import { read } from "./design.js";
import { render, saidBy } from "./render.js";

const MARK = /<svg\b[^>]*?\sdata-design="1\.([\w-]+)"/;

/** The finished SVG, with the design in it. */
export function pack(design, supply) {
  const layers = design.layers.map((layer) => (layer.kind === "picture" ? { ...layer, href: `#picture-${layer.id}` } : layer));
  const hidden = design.layers.filter((layer) => layer.hidden && layer.kind === "picture").map((layer) => layer.id);
  // A hidden picture stands nowhere else.
  const kept = layers.map((layer) => (hidden.includes(layer.id) ? design.layers.find(({ id }) => id === layer.id) : layer));
  const text = encoded(JSON.stringify({ ...design, layers: kept }));
  return render(design, supply, { extra: ` data-design="1.${text}"`, name: saidBy(design) });
}

/** The design in an SVG of ours; null if there is none. */
export function unpack(svg) {
  const found = MARK.exec(svg);
  if (!found) return null;
  try {
    const given = JSON.parse(decoded(found[1]));
    for (const layer of given.layers) {
      const name = /^#(picture-\d+)$/.exec(layer?.href ?? "");
      if (name) layer.href = picture(svg, name[1]);
    }
    return read(given);
  } catch {
    return null;
  }
}

function picture(svg, name) {
  for (const [element] of svg.matchAll(/<image\b[^>]*>/g)) {
    if (element.includes(`id="${name}"`)) return /\shref="([^"]*)"/.exec(element)?.[1].replace(/\s/g, "") ?? "";
  }
  return "";
}

function encoded(text) {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decoded(text) {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)));
}
