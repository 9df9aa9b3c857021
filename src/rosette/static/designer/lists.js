/* What is listed beside the badge: layers, warnings, templates, palettes, the family. */

import { moves } from "./canvas.js";
import { warnings } from "./contrast.js";
import { SLOTS } from "./design.js";
import { pack } from "./embed.js";
import { PALETTES, family, recoloured } from "./families.js";
import { render } from "./render.js";
import { TEMPLATES } from "./templates.js";
import { missing } from "./text.js";

const address = (svg) => `data:image/svg+xml,${encodeURIComponent(svg)}`;

export function stack(app) {
  const list = app.part("layers");
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    app.choose(Number(button.dataset.layer));
    app.say("chosen", { layer: app.called(app.layer) });
  });
  list.addEventListener("keydown", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      app.choose(Number(button.dataset.layer));
      app.restack(event.key === "ArrowUp" ? 1 : -1);
      return;
    }
    if (event.key.startsWith("Arrow") || event.key === "Delete") {
      if (app.layer?.id !== Number(button.dataset.layer)) app.choose(Number(button.dataset.layer));
      moves(event, app);
    }
  });
  return () => {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.layer : null;
    const rows = [...app.design.layers].reverse().map((layer) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.layer = layer.id;
      button.setAttribute("aria-pressed", String(layer === app.layer));
      button.textContent = [app.called(layer), layer.hidden ? app.words.hidden : ""].filter(Boolean).join(" ");
      item.append(button);
      return item;
    });
    list.replaceChildren(...rows);
    if (focused) (list.querySelector(`[data-layer="${focused}"]`) ?? list.querySelector("[aria-pressed=true]"))?.focus();
    app.part("no-layers").hidden = rows.length > 0;
  };
}

/** Under the badge: what is hard to see, letters that a font lacks, and a logo that there is not. */
export function warned(app) {
  const list = app.part("warnings");
  return () => {
    const texts = warnings(app.design, app.supply).map(({ id, ratio, wanted }) =>
      app.word("faint", { layer: app.called(app.design.layers.find((layer) => layer.id === id)), ratio: ratio.toFixed(1), wanted }),
    );
    for (const layer of app.design.layers) {
      const font = layer.kind === "text" && app.supply.fonts[layer.font];
      const letters = font ? missing(layer, font) : [];
      if (letters.length) texts.push(app.word("letters", { layer: app.called(layer), letters: letters.join(" ") }));
    }
    if (!app.supply.logo) {
      for (const layer of app.design.layers) {
        if (layer.kind === "logo" && !layer.hidden) texts.push(app.word("logoless", { layer: app.called(layer) }));
      }
    }
    const good = !texts.length;
    list.classList.toggle("good", good);
    list.replaceChildren(...(good ? [app.words.fine] : texts).map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
  };
}

/** Templates and palettes, which `put` takes in place. */
export function offered(app, put) {
  for (const button of app.part("templates").children) {
    const design = TEMPLATES[button.dataset.template];
    button.querySelector("img").src = address(render(design, app.supply));
    button.addEventListener("click", () => {
      put(design);
      app.say("started");
    });
  }
  for (const button of app.part("palettes").children) {
    const palette = PALETTES[button.dataset.palette];
    button.querySelector("svg").innerHTML = ["main", "accent", "light"]
      .map((slot, place) => `<rect x="${place * 20}" width="20" height="20" fill="${palette[slot]}"/>`)
      .join("");
    button.addEventListener("click", () => {
      app.put(recoloured(app.design, button.dataset.palette));
      app.say("recoloured");
    });
  }
  for (const slot of SLOTS) {
    app.root.querySelector(`[data-slot="${slot}"]`).addEventListener("input", ({ target }) => {
      app.put({ ...app.design, palette: { ...app.design.palette, [slot]: target.value } }, `slot ${slot}`);
    });
  }
  return () => {
    for (const slot of SLOTS) app.root.querySelector(`[data-slot="${slot}"]`).value = app.design.palette[slot];
  };
}

/** Bronze, silver and gold, each to download or to make a new badge of. */
export function members(app) {
  const another = document.getElementById("another");
  const download = document.getElementById("download");
  app.part("members").replaceChildren(...family(app.design).map(({ level, design }) => {
    const word = app.words[`palette-${level}`];
    const item = document.createElement("li");
    const image = document.createElement("img");
    Object.assign(image, { src: address(pack(design, app.supply)), alt: word, width: 140, height: 140 });
    const use = button(app.words.another, `${word}: ${app.words.another}`, () => {
      app.enclose(another, design);
      another.elements.name.value = [app.root.dataset.name, word].filter(Boolean).join(" – ");
      another.submit();
    });
    const png = button("PNG", `${word}: PNG`, () => {
      app.enclose(download, design);
      download.submit();
    });
    item.append(image, use, png);
    return item;
  }));
  app.say("family");
}

function button(text, name, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet small";
  made.textContent = text;
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  return made;
}
