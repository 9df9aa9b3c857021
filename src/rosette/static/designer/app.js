/*
 * The designer on its page: what is drawn, what is chosen, and what happened before.
 *
 * The page's template has every field, button and word; here they are put to work. Everything that
 * is thought out stands in modules that know no page.
 */

import * as designs from "./design.js";
import { begin, redo, step, undo } from "./history.js";
import { pack, unpack } from "./embed.js";
import { TEMPLATES } from "./templates.js";
import { canvas } from "./canvas.js";
import { fields } from "./fields.js";
import { members, offered, stack, warned } from "./lists.js";
import { logo, picture } from "./upload.js";

const root = document.querySelector("[data-designer]");
if (root) start(root);

async function start(root) {
  const [icons, montserrat, oswald, serif, ofIssuer] = await Promise.all([
    ...["icons", "montserrat", "oswald", "serif"].map(async (name) => (await fetch(root.dataset[name])).json()),
    root.dataset.logo ? logo(root.dataset.logo, root.dataset.issuer) : null,
  ]);
  const part = (name) => root.querySelector(`[data-${name}]`);
  const words = Object.fromEntries([...root.querySelectorAll("[data-word]")].map((item) => [item.dataset.word, item.textContent]));
  const supply = { icons, fonts: { montserrat, oswald, "source-serif": serif }, logo: ofIssuer };
  const finished = document.getElementById("finished");
  const first = unpack(root.dataset.source) ?? named(TEMPLATES.medallion, root.dataset.name);
  let history = begin(first);
  let chosen = first.layers.at(-1)?.id ?? null;

  const app = {
    root, supply, words, part,
    get design() { return history.present; },
    get layer() { return designs.find(history.present, chosen); },
    say(word, values = {}) { part("said").textContent = app.word(word, values); },
    word: (word, values = {}) => (words[word] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? ""),
    /** How people call a layer: its kind, and what it says or shows. */
    called(layer) {
      const shape = root.querySelector(`#layer-shape option[value="${layer.shape}"]`);
      const own = { shape: shape?.textContent, text: layer.text, icon: layer.icon?.replaceAll("-", " "), marks: `${layer.count}/${layer.total}`, picture: layer.text };
      return layer.kind === "shape" ? own.shape : [words[layer.kind], own[layer.kind]].filter(Boolean).join(": ");
    },
    /** Put a changed design in place; equal `what` in a row is one step of undo. */
    put(design, what = "") {
      history = step(history, design, what);
      draw();
    },
    choose(id) {
      chosen = id;
      history = { ...history, what: "" };
      draw();
    },
    change(values, what = "") {
      if (chosen !== null) app.put(designs.change(history.present, chosen, values), what && `${what} ${chosen}`);
    },
    add(layer) {
      const before = history.present;
      const after = designs.add(before, layer);
      if (after === before) return app.say("full");
      chosen = after.layers.at(-1).id;
      app.put(after);
      return app.say("added", { layer: app.called(app.layer) });
    },
    moved(dx, dy) {
      const layer = app.layer;
      if (!layer) return;
      app.put(designs.move(history.present, layer.id, dx, dy), `move ${layer.id}`);
      app.say("placed", { layer: app.called(layer), x: app.layer.x, y: app.layer.y });
    },
    remove() {
      const layer = app.layer;
      if (!layer) return;
      const place = history.present.layers.indexOf(layer);
      const after = designs.remove(history.present, layer.id);
      chosen = after.layers[Math.min(place, after.layers.length - 1)]?.id ?? null;
      app.put(after);
      app.say("removed", { layer: app.called(layer) });
    },
    duplicate() {
      if (!app.layer) return;
      const after = designs.duplicate(history.present, chosen);
      if (after === history.present) return app.say("full");
      chosen = Math.max(...after.layers.map((layer) => layer.id));
      app.put(after);
      return app.say("added", { layer: app.called(app.layer) });
    },
    restack(by) {
      const layer = app.layer;
      if (!layer) return;
      app.put(designs.restack(history.present, layer.id, by));
      const count = history.present.layers.length;
      app.say("raised", { layer: app.called(layer), place: count - history.present.layers.indexOf(app.layer), count });
    },
    travel(way) {
      const back = way === "undo";
      const after = back ? undo(history) : redo(history);
      if (after.present !== history.present) app.say(back ? "undone" : "redone");
      history = after;
      if (!app.layer) chosen = history.present.layers.at(-1)?.id ?? null;
      draw();
    },
    /** The finished picture as a file, put into a form. */
    enclose(form, design = history.present) {
      const files = new DataTransfer();
      files.items.add(new File([pack(design, supply)], "badge.svg", { type: "image/svg+xml" }));
      form.elements.image.files = files.files;
    },
  };

  const palette = offered(app, (design) => {
    chosen = design.layers.at(-1)?.id ?? null;
    app.put(design);
  });
  const views = [canvas(app), fields(app), stack(app), warned(app), palette];

  function draw() {
    for (const view of views) view();
    part("undo").disabled = !history.past.length;
    part("redo").disabled = !history.future.length;
    const kilobytes = Math.max(1, Math.round(new Blob([pack(history.present, supply)]).size / 1024));
    finished.querySelector("[data-size]").textContent = app.word("size", { size: kilobytes });
    for (const button of part("layer-tools").querySelectorAll("button")) button.disabled = !app.layer;
  }

  const press = (name, act) => part(name).addEventListener("click", act);
  press("undo", () => app.travel("undo"));
  press("redo", () => app.travel("redo"));
  press("up", () => app.restack(1));
  press("down", () => app.restack(-1));
  press("duplicate", () => app.duplicate());
  press("remove", () => app.remove());
  press("family", () => members(app));
  press("svg", () => save(new Blob([pack(history.present, supply)], { type: "image/svg+xml" }), "badge.svg"));
  for (const button of root.querySelectorAll("[data-add]")) {
    button.addEventListener("click", () => app.add(fresh(button.dataset.add, app)));
  }
  for (const button of root.querySelectorAll("[data-align]")) {
    button.addEventListener("click", () => {
      if (!app.layer) return;
      app.put(designs.align(history.present, app.layer.id, button.dataset.align));
      app.say("placed", { layer: app.called(app.layer), x: app.layer.x, y: app.layer.y });
    });
  }
  part("upload").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    target.value = "";
    const made = file && (await picture(file).catch(() => null));
    if (made) app.add({ kind: "picture", ...made });
    else app.say("unreadable");
  });
  finished.addEventListener("submit", ({ submitter }) => {
    if (submitter?.matches("[data-finish]")) app.enclose(finished);
  });
  document.getElementById("download").addEventListener("submit", ({ target }) => app.enclose(target));
  document.addEventListener("keydown", (event) => shortcut(event, app));

  root.hidden = false;
  draw();
}

function shortcut(event, app) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || writes(event.target)) return;
  const key = event.key.toLowerCase();
  const act =
    key === "z" ? () => app.travel(event.shiftKey ? "redo" : "undo")
    : key === "y" ? () => app.travel("redo")
    : key === "d" ? () => app.duplicate()
    : null;
  if (!act) return;
  event.preventDefault();
  act();
}

const writes = (element) => element.matches("input:not([type=checkbox]):not([type=color]), textarea, select");

function fresh(kind, app) {
  if (kind === "text") return { kind, text: app.words.sample, size: 36, y: 210 };
  if (kind === "icon") return { kind, icon: "star", width: 110, height: 110 };
  if (kind === "logo") return { kind, width: 110, height: 110 };
  if (kind === "marks") return { kind, width: 110, height: 30, y: 300 };
  return { kind, shape: "circle", width: 160, height: 160, fill: { kind: "flat", a: "@accent", b: "@deep", angle: 180 } };
}

/** A template whose first line of text is the badge's name, if that is short enough for it. */
function named(design, name) {
  const [line] = design.layers.filter((layer) => layer.kind === "text");
  if (!name || [...name].length > 18 || !line) return design;
  return designs.change(design, line.id, { text: name.toUpperCase() });
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
