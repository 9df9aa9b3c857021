/* The files of icons and letters as the page gets them. */

import { readFileSync, readdirSync } from "node:fs";

const DATA = new URL("../../src/rosette/static/designer/data/", import.meta.url);

const file = (name) => {
  const [found] = readdirSync(DATA).filter((entry) => entry.startsWith(`${name}.`));
  return JSON.parse(readFileSync(new URL(found, DATA), "utf-8"));
};

export const icons = file("icons");
export const fonts = { montserrat: file("montserrat"), oswald: file("oswald"), "source-serif": file("source-serif") };
export const supply = { icons, fonts };
