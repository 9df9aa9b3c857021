/* Find icons by words in English and German. */

import { GERMAN } from "./german.js";

export const folded = (text) =>
  text.toLowerCase().replaceAll("ß", "ss").normalize("NFD").replace(/[\u0300-\u036f]/g, "");

// "Brücke" may be typed as "bruecke" or "brucke"; both are folded to the latter.
const forms = (word) => [...new Set([folded(word), folded(word).replace(/([aou])e/g, "$1")])];

const TERMS = Object.entries(GERMAN).map(([english, german]) => [english, german.split(" ").map(folded)]);

/**
 * Names of icons for what was typed, the best first; all by name if nothing was. Every word has to
 * hit. `icons` is {name: [drawing, tags]}.
 */
export function search(icons, typed, most = 60) {
  const wanted = typed.trim().split(/\s+/).filter(Boolean);
  if (!wanted.length) return Object.keys(icons).slice(0, most);
  const found = [];
  for (const [name, [, tags]] of Object.entries(icons)) {
    const own = name.split("-");
    const words = folded(tags).split(/\s+/);
    const scores = wanted.map((word) => Math.max(...forms(word).map((form) => score(form, name, own, words))));
    const least = Math.min(...scores);
    if (least > 0) found.push([least, name]);
  }
  return found
    .sort(([a, one], [b, other]) => b - a || one.length - other.length || (one < other ? -1 : 1))
    .slice(0, most)
    .map(([, name]) => name);
}

function score(word, name, own, tags) {
  const direct = hit(word, name, own, tags);
  let translated = 0;
  for (const [english, german] of TERMS) {
    const [whole, part] = [german.includes(word), word.length > 2 && german.some((term) => term.startsWith(word))];
    if (whole || part) translated = Math.max(translated, exact(english, name, own, tags) - (whole ? 0.5 : 1.5));
  }
  return Math.max(direct, translated);
}

function hit(word, name, own, tags) {
  if (name === word) return 10;
  if (own.includes(word)) return 8;
  if (tags.includes(word)) return 6;
  if (own.some((part) => part.startsWith(word))) return 4;
  return word.length > 1 && tags.some((tag) => tag.startsWith(word)) ? 2 : 0;
}

function exact(word, name, own, tags) {
  if (name === word) return 10;
  return own.includes(word) ? 8 : tags.includes(word) ? 6 : 0;
}
