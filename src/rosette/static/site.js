/*
 * What pages do better with a script; all of them work without it.
 *
 * It only adds: the zone of the reader, forms that send themselves, buttons that copy, and menus
 * that close. No text of a page comes from here.
 */

tellZone();
document.addEventListener("change", sendChanged);
document.addEventListener("click", copyNamed);
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus());

/** Dates are shown in the zone that the browser is set to, from the next page on. */
function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.cookie.includes(`rosette_zone=${zone}`)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `rosette_zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

/** `data-sends` on a select or a form: what is chosen counts without a press of the button. */
function sendChanged(event) {
  const form = event.target.closest?.("form[data-sends]");
  if (form) form.requestSubmit();
}

/** `data-copies="id"` on a button: its text goes to the clipboard, and the button says so. */
async function copyNamed(event) {
  const button = event.target.closest?.("[data-copies]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copies);
  await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  const before = button.innerHTML;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.innerHTML = before; }, 2000);
}

/** An open menu closes when something else is pressed. */
function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!event || !menu.contains(event.target)) menu.open = false;
  }
}
