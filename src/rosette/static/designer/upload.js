/*
 * A picture of one's own, drawn anew as a PNG of bounded size: whatever it was, no more than its
 * points go into the badge.
 */

import { title } from "./design.js";

const MOST_PX = 640;

/** The issuer's logo at that address as {href, text}; null if it cannot be had. */
export async function logo(address, text) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) return null;
    const { href } = await picture(new File([await answer.blob()], "logo", { type: answer.headers.get("Content-Type") }));
    return { href, text: title(text) };
  } catch {
    return null;
  }
}

/** {href, width, height, text} of a picture file. Rejects what is no picture. */
export async function picture(file) {
  const image = new Image();
  const address = URL.createObjectURL(file);
  try {
    image.src = address;
    await image.decode();
    const side = Math.max(image.naturalWidth, image.naturalHeight) || MOST_PX;
    const grown = file.type === "image/svg+xml" ? MOST_PX / side : Math.min(1, MOST_PX / side);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round((image.naturalWidth || side) * grown));
    canvas.height = Math.max(1, Math.round((image.naturalHeight || side) * grown));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const fit = 160 / Math.max(canvas.width, canvas.height);
    const text = file.name.replace(/\.\w+$/, "").slice(0, 200);
    return { href: canvas.toDataURL("image/png"), width: canvas.width * fit, height: canvas.height * fit, text };
  } finally {
    URL.revokeObjectURL(address);
  }
}
