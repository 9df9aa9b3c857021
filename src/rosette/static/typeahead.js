/*
 * A field that finds people: what the server suggests is chosen by arrows and Enter, or by pointer.
 *
 * The list is filled by htmx. Without a script the field is a plain one, with the browser's own
 * suggestions (`datalist`), which this replaces. (ARIA Authoring Practices, "Combobox Pattern".)
 */

for (const field of document.querySelectorAll("[data-typeahead]")) combine(field);

function combine(field) {
  const input = field.querySelector("input");
  const list = field.querySelector("[role=listbox]");
  const name = input.form.elements.name;
  input.removeAttribute("list");
  for (const [key, value] of Object.entries({ "role": "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) {
    input.setAttribute(key, value);
  }
  let at = -1;

  const options = () => [...list.querySelectorAll("[role=option]")];

  function mark(index) {
    const all = options();
    at = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", all[at].id);
  }

  function open(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    at = -1;
    input.removeAttribute("aria-activedescendant");
  }

  function choose(option) {
    input.value = option.dataset.identity;
    if (option.dataset.name) name.value = option.dataset.name;
    open(false);
    input.focus();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== list) return;
    open(options().length > 0 && document.activeElement === input);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { open(false); event.preventDefault(); return; }
    if (list.hidden) return;
    if (event.key === "ArrowDown") { mark(at + 1); event.preventDefault(); }
    else if (event.key === "ArrowUp") { mark(at < 0 ? -1 : at - 1); event.preventDefault(); }
    else if (event.key === "Enter" && at >= 0) { choose(options()[at]); event.preventDefault(); }
  });
  // Before the field loses the focus, which would close the list.
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) { event.preventDefault(); choose(option); }
  });
  input.addEventListener("blur", () => open(false));
}
