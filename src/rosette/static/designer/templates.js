/* Designs to start from. Colours are slots of the palette, so that each can be had in every palette. */

import { read } from "./design.js";
import { PALETTES } from "./families.js";

const flat = (a) => ({ kind: "flat", a, b: a, angle: 0 });
const linear = (a, b, angle = 180) => ({ kind: "linear", a, b, angle });
const radial = (a, b) => ({ kind: "radial", a, b, angle: 0 });
const NONE = { kind: "none", a: "@main", b: "@main", angle: 0 };
const shape = (name, width, height, fill, more = {}) => ({ kind: "shape", shape: name, width, height, fill, ...more });
const ring = (side, line, lineWidth, more = {}) => shape("circle", side, side, NONE, { line, lineWidth, ...more });
const text = (words, size, more = {}) => ({ kind: "text", text: words, size, ...more });
const over = (words, size, radius, more = {}) => text(words, size, { bend: "over", radius, ...more });
const under = (words, size, radius, more = {}) => text(words, size, { bend: "under", radius, ...more });
const icon = (name, side, more = {}) => ({ kind: "icon", icon: name, width: side, height: side, ...more });
const marks = (count, width, height, more = {}) => ({ kind: "marks", count, total: 3, width, height, ...more });

const DRAFTS = {
  medallion: ["navy", [
    shape("scalloped", 384, 384, linear("@main", "@deep")),
    ring(322, "@accent", 4),
    ring(308, "@accent", 2),
    over("UNIVERSITY", 27, 128, { font: "source-serif", spacing: 4, colour: "@light" }),
    under("CERTIFICATE", 24, 128, { font: "source-serif", spacing: 4, colour: "@accent" }),
    shape("circle", 196, 196, flat("@light"), { line: "@accent", lineWidth: 5 }),
    icon("graduation-cap", 108, { colour: "@main", weight: 1.75 }),
  ]],
  shield: ["burgundy", [
    shape("shield", 316, 376, linear("@accent", "@light")),
    shape("shield", 294, 352, linear("@main", "@deep")),
    shape("shield", 268, 322, NONE, { line: "@accent", lineWidth: 2.5 }),
    icon("book-open", 118, { y: 156, colour: "@light", weight: 1.75 }),
    marks(3, 92, 26, { y: 86, colour: "@accent" }),
    text("HONOURS", 30, { y: 248, font: "source-serif", spacing: 2, colour: "@light" }),
    text("2026", 25, { y: 286, font: "source-serif", spacing: 5, colour: "@accent" }),
  ]],
  hexagon: ["teal", [
    shape("hexagon", 384, 384, flat("@deep")),
    shape("hexagon", 352, 352, linear("@main", "@deep"), { line: "@accent", lineWidth: 5 }),
    icon("flask-conical", 116, { y: 150, colour: "@accent", weight: 1.5 }),
    text("LAB SKILLS", 35, { y: 248, font: "oswald", spacing: 2, colour: "@light" }),
    shape("rounded", 64, 3, flat("@accent"), { y: 278 }),
    text("LEVEL 1", 24, { y: 304, font: "oswald", spacing: 4, colour: "@accent" }),
  ]],
  rosette: ["ember", [
    shape("tails", 190, 196, flat("@deep"), { y: 296 }),
    shape("flower", 316, 316, linear("@main", "@deep"), { y: 164 }),
    shape("circle", 244, 244, flat("@light"), { y: 164, line: "@accent", lineWidth: 7 }),
    shape("circle", 218, 218, NONE, { y: 164, line: "@main", lineWidth: 3, border: "dotted" }),
    icon("award", 92, { y: 148, colour: "@main", weight: 1.75 }),
    text("MERIT", 27, { y: 222, font: "source-serif", spacing: 3, colour: "@ink" }),
  ]],
  laurel: ["forest", [
    shape("circle", 384, 384, radial("@main", "@deep"), { line: "@accent", lineWidth: 6 }),
    shape("laurel", 322, 322, flat("@accent"), { y: 194 }),
    icon("trophy", 88, { y: 154, colour: "@light", weight: 1.5 }),
    text("EXCELLENCE", 23, { y: 224, font: "source-serif", spacing: 1, colour: "@light" }),
    marks(1, 94, 26, { y: 262, colour: "@light", empty: "@deep" }),
  ]],
  banner: ["violet", [
    shape("octagon", 372, 372, linear("@main", "@deep"), { y: 196 }),
    shape("octagon", 336, 336, NONE, { y: 196, line: "@accent", lineWidth: 3 }),
    icon("languages", 120, { y: 138, colour: "@light", weight: 1.5 }),
    shape("banner", 396, 74, flat("@ink"), { y: 258 }),
    shape("square", 306, 74, flat("@accent"), { y: 250 }),
    text("LANGUAGES", 33, { y: 250, font: "montserrat", spacing: 1, colour: "@ink" }),
    text("B2", 32, { y: 318, font: "montserrat", spacing: 2, colour: "@light" }),
  ]],
  modern: ["slate", [
    shape("rounded", 372, 372, linear("@main", "@deep", 150)),
    shape("circle", 210, 210, flat("@deep"), { y: 154, opacity: 60 }),
    icon("code-xml", 122, { y: 154, colour: "@accent", weight: 1.75 }),
    text("Data Skills", 42, { y: 294, font: "montserrat", spacing: -0.5, colour: "@light" }),
    text("CREDENTIAL", 24, { y: 336, font: "montserrat", spacing: 3, colour: "@accent" }),
  ]],
  seal: ["ink", [
    shape("seal", 388, 388, linear("@accent", "@light", 160)),
    shape("circle", 330, 330, radial("@main", "@deep"), { line: "@accent", lineWidth: 3 }),
    ring(230, "@accent", 2),
    over("CERTIFIED TEACHER", 25, 139, { font: "montserrat", spacing: 3, colour: "@light" }),
    under("FACULTY OF ARTS", 24, 139, { font: "montserrat", spacing: 4, colour: "@accent" }),
    icon("presentation", 112, { colour: "@accent", weight: 1.5 }),
  ]],
  sunrise: ["teal", [
    shape("circle", 384, 384, flat("@deep")),
    shape("rays", 356, 356, flat("@accent"), { opacity: 28 }),
    ring(362, "@accent", 5),
    shape("circle", 218, 218, flat("@light")),
    icon("sprout", 128, { colour: "@main", weight: 1.75 }),
    shape("pill", 336, 62, flat("@accent"), { y: 322, line: "@deep", lineWidth: 6 }),
    text("SUSTAINABILITY", 25, { y: 322, font: "oswald", spacing: 2, colour: "@ink" }),
  ]],
  star: ["navy", [
    shape("burst", 388, 388, flat("@accent")),
    shape("circle", 292, 292, linear("@main", "@deep")),
    ring(268, "@accent", 3, { border: "dashed" }),
    icon("star", 96, { y: 162, colour: "@accent", weight: 1.75 }),
    text("TEAM", 40, { y: 240, font: "oswald", spacing: 5, colour: "@light" }),
    text("PLAYER", 25, { y: 279, font: "oswald", spacing: 5, colour: "@accent" }),
  ]],
};

/** Of each template its design. */
export const TEMPLATES = Object.fromEntries(
  Object.entries(DRAFTS).map(([name, [palette, layers]]) => [name, read({ palette: PALETTES[palette], layers })]),
);
