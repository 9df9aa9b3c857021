/* The badge itself: drawn anew at each change, moved by keys and by pointer. */

import { change, find, snapped, SIDE } from "./design.js";
import { render } from "./render.js";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Arrow keys move the chosen layer, by ten with Shift; Delete removes it. Whether it was such a key. */
export function moves(event, app) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const way = KEYS[event.key];
  const far = event.shiftKey ? 10 : 1;
  if (way) app.moved(way[0] * far, way[1] * far);
  else if (event.key === "Delete" || event.key === "Backspace") app.remove();
  else return false;
  event.preventDefault();
  return true;
}

export function canvas(app) {
  const board = app.part("canvas");
  let drag = null;

  board.addEventListener("keydown", (event) => moves(event, app));
  board.addEventListener("pointerdown", (event) => {
    const group = event.target.closest("[data-layer]");
    if (!group || event.button) return;
    const id = Number(group.dataset.layer);
    const layer = find(app.design, id);
    app.choose(id);
    drag = { id, from: [event.clientX, event.clientY], at: [layer.x, layer.y], what: `drag ${id} ${event.timeStamp}` };
    board.setPointerCapture(event.pointerId);
  });
  board.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const scale = SIDE / board.clientWidth;
    const [x, y] = drag.at.map((start, place) => start + ([event.clientX, event.clientY][place] - drag.from[place]) * scale);
    app.put(change(app.design, drag.id, { x: snapped(x), y: snapped(y) }), drag.what);
  });
  for (const end of ["pointerup", "pointercancel"]) board.addEventListener(end, () => { drag = null; });

  return () => {
    // All in it comes out of `design.read`: numbers, colours, and texts that are escaped.
    board.innerHTML = render(app.design, app.supply, { vacant: app.words.vacant });
    board.firstElementChild.setAttribute("aria-hidden", "true");
    const group = board.querySelector(`[data-layer="${app.layer?.id}"]`);
    if (group) frame(board.firstElementChild, group);
  };
}

/** A dashed frame around what is chosen. */
function frame(svg, group) {
  const { x, y, width, height } = group.getBBox();
  const rect = document.createElementNS(svg.namespaceURI, "rect");
  const values = { x: x - 4, y: y - 4, width: width + 8, height: height + 8, class: "frame", transform: group.getAttribute("transform") };
  for (const [name, value] of Object.entries(values)) rect.setAttribute(name, value);
  svg.append(rect);
}
