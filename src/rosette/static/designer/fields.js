/* The fields of the chosen layer: numbers to type, colours, the icon. */

import { colourOf } from "./design.js";
import { search } from "./icons.js";

export function fields(app) {
  const section = app.part("layer-fields");
  const icons = app.part("icons-found");
  const wanted = app.part("icon-search");
  let shownFor = null;

  for (const input of section.querySelectorAll("[data-field]")) {
    const way = input.dataset.field;
    input.addEventListener("input", () => {
      if (input.type === "number" && (input.value === "" || !input.checkValidity())) return;
      app.change(changed(app.layer, way, valueOf(input)), way);
    });
    input.addEventListener("change", () => fill(input, valueAt(app.layer, way)));
  }
  for (const field of section.querySelectorAll("[data-colour]")) {
    const way = field.dataset.colour;
    const slot = field.querySelector("[data-slot-of]");
    const own = field.querySelector("[data-own]");
    slot.addEventListener("change", () => {
      const colour = slot.value === "own" ? colourOf(app.design, valueAt(app.layer, way)) : slot.value;
      app.change(changed(app.layer, way, colour));
      if (slot.value === "own") own.focus();
    });
    own.addEventListener("input", () => app.change(changed(app.layer, way, own.value), way));
  }
  wanted.addEventListener("input", () => {
    const names = search(app.supply.icons, wanted.value);
    offer(names);
    app.say("found", { count: names.length });
  });
  icons.addEventListener("click", (event) => {
    const name = event.target.closest("button")?.dataset.icon;
    if (name) app.change({ icon: name });
  });

  function offer(names) {
    icons.replaceChildren(...names.map((name) => tile(name, app.supply.icons[name][0])));
    press();
  }

  function press() {
    for (const button of icons.children) button.setAttribute("aria-pressed", String(button.dataset.icon === app.layer?.icon));
  }

  return () => {
    const layer = app.layer;
    section.hidden = !layer;
    if (!layer) return;
    app.part("layer-name").textContent = app.called(layer);
    for (const part of section.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(layer.kind);
    for (const input of section.querySelectorAll("[data-field]")) {
      const value = valueAt(layer, input.dataset.field);
      if (value !== undefined && input !== document.activeElement) fill(input, value);
      // A number that the arrow keys of another place changed is shown even while it has the focus.
      else if (value !== undefined && shownFor !== layer.id) fill(input, value);
    }
    for (const field of section.querySelectorAll("[data-colour]")) {
      const value = valueAt(layer, field.dataset.colour);
      if (value === undefined) continue;
      const own = field.querySelector("[data-own]");
      field.querySelector("[data-slot-of]").value = value.startsWith("@") ? value : "own";
      own.value = colourOf(app.design, value);
      own.hidden = value.startsWith("@");
    }
    if (layer.kind === "icon") {
      if (!icons.children.length) offer(search(app.supply.icons, ""));
      else press();
    }
    shownFor = layer.id;
  };
}

function tile(name, drawing) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.icon = name;
  button.setAttribute("aria-label", name.replaceAll("-", " "));
  button.title = name.replaceAll("-", " ");
  // The drawing is of our own file of icons.
  button.innerHTML = `<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${drawing}</svg>`;
  return button;
}

const valueOf = (input) => (input.type === "checkbox" ? input.checked : input.type === "number" ? Number(input.value) : input.value);

function fill(input, value) {
  if (value === undefined) return;
  if (input.type === "checkbox") input.checked = value;
  else if (input.value !== String(value)) input.value = value;
}

const valueAt = (layer, way) => way.split(".").reduce((found, name) => found?.[name], layer);

function changed(layer, way, value) {
  const [outer, inner] = way.split(".");
  return inner ? { [outer]: { ...layer[outer], [inner]: value } } : { [outer]: value };
}
