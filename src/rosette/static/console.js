/*
 * The console: sends calls of the API from the browser, with the key that somebody gave to it.
 *
 * The key is in a variable of this module and nowhere else: no storage, no address, no cookie. It
 * goes to this server only. Texts come from the page.
 */

const words = document.getElementById("words").content;
const HEADERS = [
  "Content-Type", "Location", "Link", "X-Total-Count", "Idempotent-Replayed", "Allow", "Retry-After",
  "RateLimit-Policy", "RateLimit", "WWW-Authenticate", "ETag", "X-Request-ID",
];
const PATIENCE_MS = 60_000;

let key = "";
let isOwn = false;

const at = (id) => document.getElementById(id);

function say(word, values = {}) {
  const text = words.querySelector(`[data-word="${word}"]`)?.textContent ?? "";
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

document.documentElement.classList.add("scripted");
document.addEventListener("submit", (event) => {
  const task = { sending: send, pasting: paste, finding: chooseFirst }[event.target.id];
  if (!task) return;
  event.preventDefault();
  task();
});
document.addEventListener("input", (event) => {
  if (event.target.id === "find") find();
  else if (event.target.closest("#sending")) showCommand();
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "call") showCall(true);
  if (event.detail.target.id === "key") takeKey();
});
document.body.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "call" && showCall(false));
takeKey();
showCall(false);
find();

/* ---- The key ---------------------------------------------------------------------------------- */

/** The key that was made for the sandbox, if one is on the page. */
function takeKey() {
  const made = at("made");
  if (made) use(made.textContent.trim(), false);
  else tellKey();
}

function paste() {
  const given = at("pasted").value.trim();
  const isKey = /^[\x21-\x7e]+$/.test(given);
  mark(at("pasted"), isKey ? "" : say("no key"));
  if (!isKey) return;
  at("pasted").value = "";
  at("own-key").open = false;
  use(given, true);
  at("reaches").focus();
}

function use(text, isOnesOwn) {
  [key, isOwn] = [text, isOnesOwn];
  at("reaches").checked = false;
  at("reaching").hidden = !isOwn;
  tellKey();
}

function tellKey() {
  at("key-in-use").textContent = say(!key ? "none" : isOwn ? "own" : "sandbox", { end: key.slice(-4) });
}

/* ---- The calls -------------------------------------------------------------------------------- */

/** Show those calls that have all words; the others are still there. */
function find() {
  const wanted = at("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const isWide = matchMedia("(min-width: 60rem)").matches;  // else it lies above the call
  let count = 0;
  for (const group of document.querySelectorAll(".calls details")) {
    let some = 0;
    for (const link of group.querySelectorAll("[data-call]")) {
      const text = link.dataset.text.toLowerCase();
      const isFound = wanted.every((word) => text.includes(word));
      link.parentElement.hidden = !isFound;
      some += isFound;
    }
    group.hidden = !some;
    group.open = wanted.length ? some > 0 : isWide && group.querySelector("[aria-current]") !== null;
    count += some;
  }
  at("found").textContent = wanted.length ? say("found", { count }) : "";
}

/** The first call that was found, or one that has the words in this order. */
function chooseFirst() {
  const found = [...document.querySelectorAll(".calls details:not([hidden]) li:not([hidden]) a")];
  const wanted = at("find").value.trim().toLowerCase();
  (found.find((link) => link.dataset.text.toLowerCase().includes(wanted)) ?? found[0])?.click();
}

/** A call has come onto the page. */
function showCall(isChosen) {
  const name = article().dataset.call;
  for (const link of document.querySelectorAll(".calls [data-call]")) {
    if (link.dataset.call === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  showCommand();
  if (isChosen) at("call-title").focus();
}

function article() {
  return document.querySelector("#call article");
}

/** What the form says: `{ verb, path, headers, body }`; `mistakes` by field. */
function read() {
  const { verb, path, wantsToken } = article().dataset;
  const call = { verb, path, headers: {}, body: undefined, mistakes: new Map(), wantsToken: wantsToken !== undefined };
  const query = [];
  for (const field of document.querySelectorAll("#sending [data-place]")) {
    const { place, name, required, list } = field.dataset;
    const value = field.value.trim();
    if (!value && required !== undefined) call.mistakes.set(field, say("fill in"));
    if (place === "path") {
      if (value === "." || value === "..") call.mistakes.set(field, say("no dots"));
      call.path = call.path.replace(`{${name}}`, encodeURIComponent(value));
    } else if (value && place === "header") {
      call.headers[name] = value;
      if (!/^[\x20-\x7e]+$/.test(value)) call.mistakes.set(field, say("no header"));
    } else if (value) {
      for (const one of list === undefined ? [value] : value.split(",")) {
        if (one.trim()) query.push(`${encodeURIComponent(name)}=${encodeURIComponent(one.trim())}`);
      }
    }
  }
  if (query.length) call.path += `?${query.join("&")}`;
  const body = at("body");
  if (body?.value.trim()) {
    call.body = body.value;
    call.headers["Content-Type"] = "application/json";
    try {
      JSON.parse(body.value);
    } catch (error) {
      call.mistakes.set(body, say("no json", { why: error.message }));
    }
  }
  return call;
}

/* ---- The command ------------------------------------------------------------------------------- */

function showCommand() {
  const call = read();
  const method = call.verb === (call.body === undefined ? "GET" : "POST") ? "" : ` -X ${call.verb}`;
  const lines = [`curl${method} ${quoted(article().dataset.origin + call.path)}`];
  if (call.wantsToken) lines.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(call.headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (call.body !== undefined) lines.push(`-d ${quoted(call.body)}`);
  at("curl").textContent = lines.join(" \\\n  ");
}

/** The text as one word of a POSIX shell. */
function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

/* ---- Sending ----------------------------------------------------------------------------------- */

async function send() {
  if (at("send").hasAttribute("aria-disabled")) return;
  const call = read();
  for (const field of document.querySelectorAll("#sending input, #sending textarea")) {
    mark(field, call.mistakes.get(field) ?? "");
  }
  const [first] = call.mistakes.keys();
  if (first) {
    first.focus();
    return tell("warn", "", say("mend"));
  }
  if (call.wantsToken && !key) return tell("warn", "", say("key first"));
  if (call.wantsToken && isOwn && !at("reaches").checked) {
    tell("warn", "", say("tick first"));
    return at("reaches").focus();
  }
  const headers = { ...call.headers };
  if (call.wantsToken) headers.Authorization = `Bearer ${key}`;
  tell("calm", "", say("sending"));
  const sending = article();
  at("send").setAttribute("aria-disabled", "true");
  const begun = performance.now();
  try {
    const answer = await fetch(call.path, {
      method: call.verb,
      headers,
      body: call.body,
      credentials: "omit",
      redirect: "manual",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const content = await answer.arrayBuffer();
    if (article() === sending) show(answer, content, Math.round(performance.now() - begun));
  } catch (error) {
    if (article() === sending) tell("bad", "", say(error.name === "TimeoutError" ? "late" : "network"));
  } finally {
    if (article() === sending) at("send").removeAttribute("aria-disabled");
  }
}

function show(answer, content, ms) {
  const took = say("took", { ms });
  if (answer.type === "opaqueredirect") return tell("calm", "", say("redirect"), took);
  const kind = answer.headers.get("Content-Type") ?? "";
  const isText = /json|^text\//.test(kind);
  const text = isText ? new TextDecoder().decode(content) : "";
  const json = parsed(text);
  const tone = answer.ok ? "good" : answer.status < 400 ? "calm" : "bad";
  tell(tone, `${answer.status} ${answer.statusText}`.trim(), meaning(answer.status), took, mistakesOf(json));
  const list = at("headers");
  for (const name of HEADERS) {
    const value = answer.headers.get(name);
    if (value === null) continue;
    const line = document.createElement("div");
    line.append(element("dt", name), element("dd", value));
    list.append(line);
  }
  list.hidden = !list.children.length;
  at("answer-body").hidden = false;
  at("answer-body").textContent = !content.byteLength ? say("empty")
    : !isText ? say("file", { bytes: content.byteLength })
    : json === undefined ? text : JSON.stringify(json, null, 2);
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

function meaning(status) {
  return say(String(status)) || say(`${Math.floor(status / 100)}xx`);
}

/** What the answer says is wrong, one sentence each: the envelope of V2, and those of the others. */
function mistakesOf(json) {
  if (json === undefined || json === null || typeof json !== "object") return [];
  const fields = named(json.fieldErrors ?? {});
  const others = [json.validationErrors ?? [], json.error_description ?? [], json.detail ?? [], json.imsx_description ?? []];
  return [...fields, ...others.flat().filter((text) => typeof text === "string")];
}

/** Mistakes by field, however deep: `recipient: Enter a valid email address.` */
function named(mistakes, before = "") {
  if (typeof mistakes === "string") return [before ? `${before}: ${mistakes}` : mistakes];
  if (Array.isArray(mistakes)) return mistakes.flatMap((one) => named(one, before));
  return Object.entries(mistakes ?? {}).flatMap(([name, inner]) => {
    const whole = name === "non_field_errors" ? before : [before, name].filter(Boolean).join(".");
    return named(inner, whole);
  });
}

/** Put it into the answer, in place of the one before. */
function tell(tone, status, text, took = "", mistakes = []) {
  at("answer").hidden = false;
  at("verdict").className = `notice ${tone}`;
  at("status").textContent = status;
  at("took").textContent = took;
  at("status").parentElement.hidden = !status && !took;
  at("said").textContent = text;
  at("mistakes").replaceChildren(...mistakes.map((mistake) => element("li", mistake)));
  at("mistakes").hidden = !mistakes.length;
  at("headers").replaceChildren();
  at("headers").hidden = true;
  at("answer-body").hidden = true;
}

function mark(field, mistake) {
  const place = at(`${field.id}-error`);
  place.textContent = mistake;
  place.hidden = !mistake;
  if (mistake) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
