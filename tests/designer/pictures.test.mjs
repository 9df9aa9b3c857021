import assert from "node:assert/strict";
import { test } from "node:test";

import { ratio, warnings } from "../../src/rosette/static/designer/contrast.js";
import { read } from "../../src/rosette/static/designer/design.js";
import { pack, unpack } from "../../src/rosette/static/designer/embed.js";
import { PALETTES, family, recoloured } from "../../src/rosette/static/designer/families.js";
import { render } from "../../src/rosette/static/designer/render.js";
import { TEMPLATES } from "../../src/rosette/static/designer/templates.js";
import { length, missing, set } from "../../src/rosette/static/designer/text.js";
import { fonts, supply } from "./supply.mjs";

const POINT = "data:image/png;base64,iVBORw0KGgo=";
const of = (...layers) => read({ layers });
const near = (one, other) => assert.ok(Math.abs(one - other) < 0.01, `${one} is not ${other}`);

test("a design is drawn as one picture of outlines that fetches nothing", () => {
  const svg = render(of({ kind: "shape", shape: "square", width: 100, height: 50, lineWidth: 2, x: 10, turn: 45 }), supply, { name: 'A & "B"' });

  assert.equal(
    svg,
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400"><title>A &amp; &quot;B&quot;</title>'
      + '<g data-layer="1" transform="translate(10 200) rotate(45)"><path d="M-50 -25L50 -25L50 25L-50 25Z" fill="#1d4e89" stroke="#d9a441" stroke-width="2" stroke-linejoin="round"/></g></svg>',
  );
});

test("no template needs a font, a style or anything from elsewhere", () => {
  for (const [name, design] of Object.entries(TEMPLATES)) {
    assert.doesNotMatch(pack(design, supply).replace('xmlns="http://www.w3.org/2000/svg"', ""), /<text|style|http|font|class=/, name);
  }
});

test("an icon that there is not is left out", () => {
  for (const icon of ["constructor", "nothing"]) assert.doesNotMatch(render(of({ kind: "icon", icon }), supply), /<path|native/);
});

test("a hidden layer is not drawn", () => {
  assert.doesNotMatch(render(of({ kind: "shape", hidden: true }), supply), /<path/);
});

test("gradients and borders are drawn", () => {
  const drawn = render(
    of(
      { kind: "shape", fill: { kind: "linear", a: "@main", b: "#ff0000", angle: 90 }, border: "dotted", lineWidth: 3 },
      { kind: "shape", fill: { kind: "radial", a: "@main", b: "@deep" }, border: "double", lineWidth: 4 },
    ),
    supply,
  );

  assert.match(drawn, /<linearGradient id="fill-1" x1="0" y1="0.5" x2="1" y2="0.5"><stop offset="0" stop-color="#1d4e89"\/><stop offset="1" stop-color="#ff0000"\/>/);
  assert.match(drawn, /fill="url\(#fill-1\)" stroke="#d9a441" stroke-width="3" stroke-linejoin="round" stroke-dasharray="0 6" stroke-linecap="round"/);
  assert.equal(drawn.match(/stroke-width="[42]"/g).length, 2);
});

test("straight words are centred on their place", () => {
  const [layer] = of({ kind: "text", text: "AVA", size: 100, spacing: 10 }).layers;
  const { places } = set(layer, fonts.montserrat);

  near(places[0].x, -length(layer, fonts.montserrat) / 2);
  assert.deepEqual(new Set(places.map(({ y, turn }) => `${y} ${turn}`)), new Set(["35 0"]));
});

test("words over and under a circle stand upright in the middle and lean alike on both sides", () => {
  for (const [bend, sense] of [["over", 1], ["under", -1]]) {
    const [layer] = of({ kind: "text", text: "HOH", size: 20, bend, radius: 100 }).layers;
    const [left, middle, right] = set(layer, fonts.oswald).places;

    near(middle.turn, 0);
    near(left.turn, -right.turn);
    assert.ok(sense * right.turn > 0);
    near(middle.y, sense * -(100 - sense * 7));
    assert.ok(left.x < middle.x && middle.x < right.x);
  }
});

test("the fonts write German, Polish, Czech, Turkish and Greek or Cyrillic, and say what they cannot", () => {
  const words = "Straße ÄÖÜ łódź žluť ığdır";
  for (const font of Object.values(fonts)) assert.deepEqual(missing({ text: words }, font), []);
  assert.deepEqual(missing({ text: "Узел" }, fonts.montserrat), []);
  assert.deepEqual(missing({ text: "Κόμπος" }, fonts["source-serif"]), []);
  assert.deepEqual(missing({ text: "結び結 A" }, fonts.montserrat), ["結", "び"]);
});

test("a design comes back out of its own picture as it went in", () => {
  const design = of(
    { kind: "text", text: 'Ünïcode "quoted" \\ <b> 結び' },
    { kind: "picture", href: POINT, text: "Logo" },
    { kind: "picture", href: POINT, hidden: true },
  );
  const svg = pack(design, supply);

  assert.deepEqual(unpack(svg), design);
  assert.deepEqual(unpack(svg.replaceAll("<image ", "<image\n  ")), design);
  for (const template of Object.values(TEMPLATES)) assert.deepEqual(unpack(pack(template, supply)), template);
});

test("the place of a logo shows that of the issuer, and the design has nothing of it but the place", () => {
  const design = of({ kind: "logo", x: 100, width: 60, height: 40, turn: 30, href: POINT });
  const of_harbor = { ...supply, logo: { href: POINT, text: "Harbor & Pier" } };
  const svg = pack(design, of_harbor);
  const { href, ...other } = { ...of_harbor.logo, href: POINT.replace("iVBO", "AAAA") };

  assert.match(
    svg,
    /<g data-layer="1" transform="translate\(100 200\) rotate\(30\)"><image id="logo-1" href="data:image\/png;base64,iVBORw0KGgo=" x="-30" y="-20" width="60" height="40"><title>Harbor &amp; Pier<\/title><\/image><\/g>/,
  );
  assert.deepEqual(unpack(svg), design);
  assert.equal("href" in design.layers[0], false);
  assert.match(pack(unpack(svg), { ...supply, logo: { href, ...other } }), /base64,AAAARw0KGgo=/);
});

test("without a logo its place is seen while designing, and left out of the picture", () => {
  const design = of({ kind: "logo", width: 100 });
  const seen = render(design, supply, { vacant: "No <logo>" });

  assert.match(seen, /<rect x="-50" y="-100" width="100" height="200" class="vacant"\/><text class="vacant" font-size="16"[^>]*>No &lt;logo&gt;<\/text>/);
  assert.match(pack(design, supply), /<g data-layer="1" transform="translate\(200 200\)"><\/g><\/svg>$/);
  assert.deepEqual(unpack(pack(design, supply)), design);
});

test("words on a logo are not judged, and those on its empty place are by what is behind it", () => {
  const words = { kind: "text", text: "Hi", colour: "#eeeeee" };
  const logo = { kind: "logo", width: 300, height: 300 };

  assert.deepEqual(warnings(of(logo, words), { ...supply, logo: { href: POINT, text: "" } }), []);
  assert.equal(warnings(of(logo, words), { ...supply, logo: null }).length, 1);
});

test("a picture without a design, or with a broken one, has none", () => {
  for (const svg of ["", "<svg/>", '<svg data-design="1.e30">', '<svg data-design="1.%%%">', '<svg data-design="1.AAAA">']) {
    assert.equal(unpack(svg), null);
  }
});

test("contrast is measured as WCAG says", () => {
  near(ratio("#000000", "#ffffff"), 21);
  near(ratio("#777777", "#ffffff"), 4.48);
});

test("words are warned of by what is behind their very place", () => {
  const ground = { kind: "shape", shape: "circle", width: 300, height: 300, fill: { kind: "flat", a: "#ffffff" } };
  const words = { kind: "text", text: "Hi", colour: "#eeeeee" };
  const dark = { kind: "shape", shape: "square", width: 100, height: 100, fill: { kind: "flat", a: "#000000" } };

  assert.deepEqual(warnings(of(ground, words), supply), [{ id: 2, ratio: 1.1, wanted: 3 }]);
  assert.deepEqual(warnings(of(ground, dark, words), supply), []);
  assert.deepEqual(warnings(of(ground, dark, { ...words, x: 320 }), supply).length, 1);
  assert.deepEqual(warnings(of(ground, { ...dark, hidden: true }, words), supply).length, 1);
  assert.deepEqual(warnings(of({ ...ground, fill: { kind: "linear", a: "#000000", b: "#ffffff" } }, words), supply).length, 1);
});

test("small words are asked more of than large ones, and faint ones count as they are seen", () => {
  const grey = { kind: "text", text: "Hi", colour: "#808080", size: 30 };

  assert.deepEqual(warnings(of(grey), supply), []);
  assert.deepEqual(warnings(of({ ...grey, size: 20 }), supply), [{ id: 1, ratio: 3.9, wanted: 4.5 }]);
  assert.equal(warnings(of({ ...grey, colour: "#000000", opacity: 20 }), supply).length, 1);
});

test("every template is easy to see, in its own colours and in bronze, silver and gold", () => {
  assert.ok(Object.keys(TEMPLATES).length >= 8);
  for (const [name, design] of Object.entries(TEMPLATES)) {
    const icons = design.layers.filter((layer) => layer.kind === "icon");
    assert.ok(icons.every((layer) => supply.icons[layer.icon]), name);
    assert.deepEqual(warnings(design, supply), [], name);
    for (const member of family(design)) assert.deepEqual(warnings(member.design, supply), [], `${name} ${member.level}`);
  }
});

test("a family is one design in three metals, with one, two and three marks", () => {
  const made = family(TEMPLATES.laurel);

  assert.deepEqual(made.map(({ level }) => level), ["bronze", "silver", "gold"]);
  made.forEach(({ level, design }, place) => {
    const layers = TEMPLATES.laurel.layers.map((layer) => (layer.kind === "marks" ? { ...layer, count: place + 1 } : layer));
    assert.deepEqual(design, { ...TEMPLATES.laurel, palette: PALETTES[level], layers });
  });
  assert.equal(recoloured(TEMPLATES.star, "teal").palette.main, PALETTES.teal.main);
});
