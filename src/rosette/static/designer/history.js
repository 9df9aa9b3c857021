/* Undo and redo: what was, what is, what was taken back. */

const MOST = 200;

/** Equal `what` in a row (arrow keys, typing into one field) counts as one step. */
export function begin(present) {
  return { past: [], present, future: [], what: "" };
}

export function step(history, present, what = "") {
  if (present === history.present) return history;
  if (what && what === history.what) return { ...history, present, future: [] };
  return { past: [...history.past, history.present].slice(-MOST), present, future: [], what };
}

export function undo({ past, present, future }) {
  if (!past.length) return { past, present, future, what: "" };
  return { past: past.slice(0, -1), present: past.at(-1), future: [present, ...future], what: "" };
}

export function redo({ past, present, future }) {
  if (!future.length) return { past, present, future, what: "" };
  return { past: [...past, present], present: future[0], future: future.slice(1), what: "" };
}
