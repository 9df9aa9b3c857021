import assert from "node:assert/strict";
import { test } from "node:test";

import * as designs from "../../src/rosette/static/designer/design.js";
import { begin, redo, step, undo } from "../../src/rosette/static/designer/history.js";
import { SHAPES, contains, outline } from "../../src/rosette/static/designer/shapes.js";

const three = () => designs.read({ layers: [{ kind: "shape" }, { kind: "text", text: "Knots" }, { kind: "icon", icon: "anchor" }] });
const ids = (design) => design.layers.map((layer) => layer.id);

test("what is no design is none", () => {
  for (const value of [null, 3, "x", {}, { layers: "many" }]) assert.equal(designs.read(value), null);
});

test("whatever was put into a design comes out as numbers, colours and known words", () => {
  const design = designs.read({
    palette: { main: "red\"/><script>", deep: "#ABCDEF" },
    layers: [
      { kind: "shape", shape: "__proto__", x: "1e9", width: -5, turn: "NaN", line: "url(#x)", fill: { kind: "flat", a: "@nothing" } },
      { kind: "text", text: "a\ud800\uffffb", size: {}, font: "Comic", colour: "@ink" },
      { kind: "picture", href: "https://elsewhere.example.org/x.png" },
      { kind: "icon", icon: "../../x" },
      { kind: "constructor" },
      null,
    ],
  });

  const common = { y: 200, turn: 0, opacity: 100, hidden: false };
  assert.deepEqual(design, {
    version: 1,
    palette: { main: "#1d4e89", deep: "#abcdef", accent: "#d9a441", light: "#ffffff", ink: "#14213d" },
    layers: [
      { ...common, kind: "shape", id: 1, x: 800, width: 1, height: 200, shape: "circle", fill: { kind: "flat", a: "@main", b: "@deep", angle: 0 }, line: "@accent", lineWidth: 0, border: "solid" },
      { ...common, kind: "text", id: 2, x: 200, width: 200, height: 200, text: "a  b", font: "montserrat", size: 30, spacing: 0, bend: "none", radius: 140, colour: "@ink" },
      { ...common, kind: "picture", id: 3, x: 200, width: 200, height: 200, href: "", text: "" },
      { ...common, kind: "icon", id: 4, x: 200, width: 200, height: 200, icon: "award", colour: "@light", weight: 2 },
    ],
  });
});

test("a design has at most sixty layers", () => {
  const full = designs.read({ layers: Array(99).fill({ kind: "icon" }) });

  assert.equal(full.layers.length, 60);
  assert.equal(designs.add(full, { kind: "text" }), full);
});

test("layers are moved up and down, duplicated above themselves and removed", () => {
  assert.deepEqual(ids(designs.restack(three(), 1, 1)), [2, 1, 3]);
  assert.deepEqual(ids(designs.restack(three(), 3, 5)), [1, 2, 3]);
  assert.deepEqual(ids(designs.restack(three(), 3, -2)), [3, 1, 2]);
  assert.deepEqual(ids(designs.duplicate(three(), 1)), [1, 4, 2, 3]);
  assert.deepEqual(ids(designs.remove(three(), 2)), [1, 3]);
});

test("a layer is moved, and aligned to the edges of the badge", () => {
  const moved = designs.move(three(), 1, -10, 0.5);
  const { x, y } = designs.find(moved, 1);

  assert.deepEqual([x, y], [190, 200.5]);
  assert.equal(designs.find(designs.align(moved, 1, "left"), 1).x, 100);
  assert.equal(designs.find(designs.align(moved, 1, "middle"), 1).y, 200);
  assert.deepEqual([designs.snapped(203.4), designs.snapped(205.4)], [200, 205]);
});

test("changes are taken back and done again, and typing on counts as one", () => {
  let history = begin("a");
  history = step(history, "ab", "typing");
  history = step(history, "abc", "typing");
  history = step(history, "moved");

  assert.equal(undo(history).present, "abc");
  assert.equal(undo(undo(history)).present, "a");
  assert.equal(undo(undo(undo(history))).present, "a");
  assert.equal(redo(redo(undo(undo(history)))).present, "moved");
  assert.deepEqual(step(undo(history), "other").future, []);
});

test("every shape has its middle where it is asked for, and none leaves its box", () => {
  for (const shape of Object.keys(SHAPES)) {
    const path = outline(shape, 200, 100);
    const numbers = path.match(/-?[\d.]+/g).map(Number);
    assert.ok(numbers.every(Number.isFinite), shape);
    assert.match(path, /^[MLCZ\d. -]+$/, shape);
    if (!["laurel", "tails"].includes(shape)) assert.ok(contains(path, 0, 4), shape);
    assert.ok(!contains(path, 108, 0), shape);
    assert.ok(!contains(path, 0, 56), shape);
  }
});

test("the place of a logo is moved, resized, taken back and done again as any layer", () => {
  const placed = designs.add(three(), { kind: "logo", width: 90, height: 60 });
  const changed = designs.move(designs.change(placed, 4, { width: 120, height: 9999 }), 4, 5, -5);
  let history = step(begin(placed), changed);

  assert.deepEqual(designs.find(changed, 4), { kind: "logo", x: 205, y: 195, width: 120, height: 800, turn: 0, opacity: 100, hidden: false, id: 4 });
  assert.deepEqual(designs.box(designs.find(placed, 4)), { width: 90, height: 60 });
  history = undo(history);
  assert.equal(designs.find(history.present, 4).width, 90);
  assert.equal(redo(history).present, changed);
});
