/*
 * Badges of a collection are put in order by dragging; the buttons beside them do the same.
 *
 * The order of the list is the order in which the form sends them, so nothing else is kept.
 */

for (const list of document.querySelectorAll("[data-orders]")) {
  let moved = null;
  list.classList.add("ready");
  list.addEventListener("dragstart", (event) => {
    moved = event.target.closest(".chosen");
    if (!moved) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    moved.classList.add("moving");
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest(".chosen");
    if (!moved || !over) return;
    event.preventDefault();
    if (over === moved) return;
    const { top, height } = over.getBoundingClientRect();
    over[event.clientY < top + height / 2 ? "before" : "after"](moved);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    moved?.classList.remove("moving");
    moved = null;
  });
}
