/*
 * Words as outlines, straight or along a circle, so that a badge looks the same everywhere.
 *
 * A font is {letters: {letter: [advance, path]}} in units of 1000 to the em, y downwards. Letters
 * are set one by one from left to right; scripts that join letters are not written this way.
 */

const EM = 1000;
const MIDDLE = 0.35; // of the size: half the height of capitals

/** Letters that the font lacks, each once. */
export const missing = (layer, font) => [...new Set([...layer.text.normalize("NFC")])].filter((letter) => !font.letters[letter]);

/** How long the line is, in units of the badge. */
export function length(layer, font) {
  const letters = known(layer, font);
  return letters.reduce((sum, [advance]) => sum + advance, 0) * (layer.size / EM) + layer.spacing * Math.max(0, letters.length - 1);
}

/**
 * The letters in their places around the layer's 0,0: [{path, x, y, turn}], in units of the badge;
 * `scale` is to be put on each path. Straight text is centred on 0,0. Curved text stands on a
 * circle around 0,0: over it, read clockwise; under it, read counter-clockwise.
 */
export function set(layer, font) {
  const scale = layer.size / EM;
  let at = -length(layer, font) / 2;
  const places = [];
  for (const [advance, path] of known(layer, font)) {
    const width = advance * scale;
    if (path) places.push(placed(layer, path, at, width));
    at += width + layer.spacing;
  }
  return { scale, places };
}

function placed(layer, path, at, width) {
  if (layer.bend === "none") return { path, x: at, y: layer.size * MIDDLE, turn: 0 };
  const sense = layer.bend === "over" ? 1 : -1;
  // The middle of the letters runs on the circle, so that both ways fill a ring alike.
  const base = layer.radius - sense * layer.size * MIDDLE;
  const angle = (at + width / 2) / layer.radius;
  const x = base * Math.sin(angle);
  const y = -sense * base * Math.cos(angle);
  const turn = sense * angle;
  return { path, x: x - (width / 2) * Math.cos(turn), y: y - (width / 2) * Math.sin(turn), turn: (turn * 180) / Math.PI };
}

/** Points in the midst of the written line, around the layer's 0,0. */
export function samples(layer, font) {
  const half = length(layer, font) / 2;
  return [-0.85, -0.4, 0, 0.4, 0.85].map((part) => {
    if (layer.bend === "none") return [part * half, 0];
    const sense = layer.bend === "over" ? 1 : -1;
    const angle = (part * half) / layer.radius;
    return [layer.radius * Math.sin(angle), -sense * layer.radius * Math.cos(angle)];
  });
}

const known = (layer, font) => [...layer.text.normalize("NFC")].map((letter) => font.letters[letter]).filter(Boolean);
