/*
 * Outlines of shapes, as SVG path data around 0,0.
 *
 * Only M, L, C and Z occur, in absolute numbers, so that `polygon` can tell what lies inside.
 */

const ROUND = 0.5523; // of a circle's radius: where its Bézier handles stand
const at = (angle, rx, ry) => [rx * Math.sin(angle), -ry * Math.cos(angle)];
const put = (...numbers) => numbers.map((number) => Math.round(number * 100) / 100).join(" ");
const closed = (points) => `M${points.map((point) => put(...point)).join("L")}Z`;
const around = (count, rx, ry, turn = 0) =>
  Array.from({ length: count }, (_, number) => at((number / count) * 2 * Math.PI + turn, rx, ry));

function circle(rx, ry) {
  const x = rx * ROUND;
  const y = ry * ROUND;
  return `M${put(0, -ry)}C${put(x, -ry, rx, -y, rx, 0)}C${put(rx, y, x, ry, 0, ry)}C${put(-x, ry, -rx, y, -rx, 0)}C${put(-rx, -y, -x, -ry, 0, -ry)}Z`;
}

function rounded(rx, ry, corner) {
  const k = corner * (1 - ROUND);
  return `M${put(-rx + corner, -ry)}L${put(rx - corner, -ry)}C${put(rx - k, -ry, rx, -ry + k, rx, -ry + corner)}L${put(rx, ry - corner)}C${put(rx, ry - k, rx - k, ry, rx - corner, ry)}L${put(-rx + corner, ry)}C${put(-rx + k, ry, -rx, ry - k, -rx, ry - corner)}L${put(-rx, -ry + corner)}C${put(-rx, -ry + k, -rx + k, -ry, -rx + corner, -ry)}Z`;
}

/** Points on two rings by turns: `count` tips, the inner ring at `depth` of the outer. */
function spiked(rx, ry, count, depth) {
  return closed(
    Array.from({ length: 2 * count }, (_, number) => {
      const reach = number % 2 ? depth : 1;
      return at((number / count) * Math.PI, rx * reach, ry * reach);
    }),
  );
}

/** A circle of `count` soft bows. */
function scalloped(rx, ry, count) {
  const step = (2 * Math.PI) / count;
  const inner = 0.93;
  const bow = 1.06 / Math.cos(step / 4);
  let path = `M${put(...at(0, rx * inner, ry * inner))}`;
  for (let number = 0; number < count; number += 1) {
    const from = number * step;
    path += `C${put(...at(from + step * 0.2, rx * bow, ry * bow), ...at(from + step * 0.8, rx * bow, ry * bow), ...at(from + step, rx * inner, ry * inner))}`;
  }
  return `${path}Z`;
}

function shield(rx, ry) {
  return `M${put(0, -ry)}C${put(rx * 0.3, -ry * 0.84, rx * 0.65, -ry * 0.76, rx, -ry * 0.76)}L${put(rx, -ry * 0.05)}C${put(rx, ry * 0.5, rx * 0.5, ry * 0.82, 0, ry)}C${put(-rx * 0.5, ry * 0.82, -rx, ry * 0.5, -rx, -ry * 0.05)}L${put(-rx, -ry * 0.76)}C${put(-rx * 0.65, -ry * 0.76, -rx * 0.3, -ry * 0.84, 0, -ry)}Z`;
}

function crest(rx, ry) {
  return `M${put(-rx, -ry)}L${put(rx, -ry)}L${put(rx, ry * 0.1)}C${put(rx, ry * 0.6, rx * 0.45, ry * 0.85, 0, ry)}C${put(-rx * 0.45, ry * 0.85, -rx, ry * 0.6, -rx, ry * 0.1)}Z`;
}

/** A banner that ends in two notches. */
function banner(rx, ry) {
  const notch = Math.min(ry * 0.8, rx * 0.3);
  return closed([[-rx, -ry], [rx, -ry], [rx - notch, 0], [rx, ry], [-rx, ry], [-rx + notch, 0]]);
}

/** Two ends of a ribbon that hang down, side by side. */
function tails(rx, ry) {
  const notch = ry * 0.28;
  const tail = (side) => [
    [side * rx * 0.06, -ry], [side * rx * 0.62, -ry], [side * rx, ry - notch], [side * rx * 0.62, ry - notch * 1.25], [side * rx * 0.46, ry],
  ];
  return closed(tail(-1)) + closed(tail(1));
}

/** Two twigs with leaves, open at the top. */
function laurel(rx, ry) {
  let path = "";
  for (const side of [-1, 1]) {
    for (let number = 0; number < 9; number += 1) {
      const angle = side * (Math.PI - 0.16 - number * 0.27);
      for (const [lean, reach] of [[0.5, 1], [-0.35, 0.83]]) {
        const [x, y] = at(angle, rx * 0.88, ry * 0.88);
        const way = angle - side * (Math.PI / 2) + side * lean;
        const tip = [x + Math.sin(way) * rx * 0.25 * reach, y - Math.cos(way) * ry * 0.25 * reach];
        const wide = rx * 0.075 * reach;
        const [nx, ny] = [Math.cos(way) * wide, Math.sin(way) * wide];
        const middle = [(x + tip[0]) / 2, (y + tip[1]) / 2];
        path += `M${put(x, y)}C${put(middle[0] + nx, middle[1] + ny, middle[0] + nx, middle[1] + ny, ...tip)}C${put(middle[0] - nx, middle[1] - ny, middle[0] - nx, middle[1] - ny, x, y)}Z`;
      }
    }
  }
  return path;
}

/** Rays from the middle, each a slim triangle. */
function rays(rx, ry) {
  let path = "";
  for (let number = 0; number < 24; number += 1) {
    const angle = (number / 24) * 2 * Math.PI;
    path += closed([[0, 0], at(angle - 0.06, rx, ry), at(angle + 0.06, rx, ry)]);
  }
  return path;
}

export const SHAPES = {
  circle,
  scalloped: (rx, ry) => scalloped(rx, ry, 24),
  flower: (rx, ry) => scalloped(rx, ry, 10),
  seal: (rx, ry) => spiked(rx, ry, 32, 0.93),
  hexagon: (rx, ry) => closed(around(6, rx, ry)),
  "flat-hexagon": (rx, ry) => closed(around(6, rx, ry, Math.PI / 6)),
  octagon: (rx, ry) => closed(around(8, rx, ry, Math.PI / 8)),
  square: (rx, ry) => closed([[-rx, -ry], [rx, -ry], [rx, ry], [-rx, ry]]),
  rounded: (rx, ry) => rounded(rx, ry, Math.min(rx, ry) * 0.28),
  pill: (rx, ry) => rounded(rx, ry, Math.min(rx, ry)),
  diamond: (rx, ry) => closed(around(4, rx, ry)),
  triangle: (rx, ry) => closed([[0, -ry], [rx, ry], [-rx, ry]]),
  shield,
  crest,
  star: (rx, ry) => spiked(rx, ry, 5, 0.45),
  burst: (rx, ry) => spiked(rx, ry, 12, 0.8),
  banner,
  tails,
  laurel,
  rays,
};

/** Path data of a shape of this width and height around 0,0. */
export const outline = (shape, width, height) => SHAPES[shape](width / 2, height / 2);

/** Whether 0,0-based point lies inside a path of `outline`. */
export function contains(path, x, y) {
  let inside = false;
  for (const ring of rings(path)) {
    for (let here = 0, before = ring.length - 1; here < ring.length; before = here, here += 1) {
      const [ax, ay] = ring[here];
      const [bx, by] = ring[before];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

function rings(path) {
  const found = [];
  for (const [, letter, rest] of path.matchAll(/([MLCZ])([^MLCZ]*)/g)) {
    const n = rest.trim().split(/\s+/).map(Number);
    if (letter === "M") found.push([n]);
    else if (letter === "L") found.at(-1).push(n);
    else if (letter === "C") {
      const ring = found.at(-1);
      const [x, y] = ring.at(-1);
      for (let step = 1; step <= 8; step += 1) {
        const t = step / 8;
        const u = 1 - t;
        const blend = (a, b, c, d) => u ** 3 * a + 3 * u * u * t * b + 3 * u * t * t * c + t ** 3 * d;
        ring.push([blend(x, n[0], n[2], n[4]), blend(y, n[1], n[3], n[5])]);
      }
    }
  }
  return found;
}
