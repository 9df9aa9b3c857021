import assert from "node:assert/strict";
import { test } from "node:test";

import { GERMAN } from "../../src/rosette/static/designer/german.js";
import { folded, search } from "../../src/rosette/static/designer/icons.js";
import { icons } from "./supply.mjs";

test("there are about a thousand icons, each with a drawing of plain shapes", () => {
  assert.ok(Object.keys(icons).length >= 1000);
  for (const [name, [drawing]] of Object.entries(icons)) {
    assert.match(drawing, /^(<(path|circle|rect|line|ellipse|polyline|polygon)( [a-z0-9-]+="[\w ,.#-]*")+\/>)+$/i, name);
  }
});

test("English words find names first, then tags", () => {
  assert.equal(search(icons, "anchor")[0], "anchor");
  assert.equal(search(icons, "GRADUATION")[0], "graduation-cap");
  assert.ok(search(icons, "chemistry").includes("flask-conical"));
});

test("German words find the same, by capital or small letters, with or without dots", () => {
  for (const [german, name] of Object.entries({ Medaille: "medal", anker: "anchor", "Brücke": "bridge", bruecke: "bridge", "Glühbirne": "lightbulb", Gluehbirne: "lightbulb", Buch: "book", Pokal: "trophy", Rakete: "rocket", Mikroskop: "microscope" })) {
    assert.equal(search(icons, german)[0]?.split("-")[0], name.split("-")[0], german);
  }
  assert.ok(search(icons, "Universität").includes("university"));
  assert.ok(search(icons, "Natur").length > 5);
});

test("every word has to hit", () => {
  const found = search(icons, "book heart");

  assert.equal(found[0], "book-heart");
  assert.ok(found.length < search(icons, "book", 999).length);
  assert.deepEqual(search(icons, "xyzzyx"), []);
  assert.equal(search(icons, "  ").length, 60);
});

test("the German list has the common words, and nearly all of them lead to an icon", () => {
  const known = new Set(Object.entries(icons).flatMap(([name, [, tags]]) => [...name.split("-"), ...folded(tags).split(/\s+/)]));
  const leading = Object.keys(GERMAN).filter((english) => known.has(english));

  assert.ok(leading.length >= 400, `${leading.length}`);
});
