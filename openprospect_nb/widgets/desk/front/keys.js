// @ts-check
// What the keyboard does beyond Tab, Enter and Space.

import { focusedIn, isTextField } from "./regions.js";

/** @type {Record<string, string>} */
const LETTERS = { a: "accept", r: "reject", u: "undo", j: "next", k: "previous", ArrowDown: "next", ArrowUp: "previous" };

/** @param {HTMLElement} root @param {KeyboardEvent} event @param {(intent: object) => void} send @returns {boolean} taken */
function decide(root, event, send) {
  const active = focusedIn(root), body = root.querySelector("[data-keys]");
  if (!body || isTextField(active) || active?.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return false;
  const inRows = Boolean(active?.closest("[data-rows]")), isArrow = event.key.startsWith("Arrow");
  if (isArrow && !inRows) return false;
  if (event.key === "/") {
    /** @type {HTMLElement | null} */ (root.querySelector("[data-key=search]"))?.focus();
    return true;
  }
  if (event.key === "?") { send({ act: "help" }); return true; }
  const act = LETTERS[isArrow ? event.key : event.key.toLowerCase()];
  if (act) send({ act });
  return Boolean(act);
}

/** Enter or a comma adds what is typed to a list; Backspace in an empty field takes the last one away.
 * @param {KeyboardEvent} event @param {(intent: object) => void} send @returns {boolean} taken */
function collect(event, send) {
  const field = /** @type {HTMLInputElement} */ (event.target), name = field.dataset?.chips;
  if (!name) return false;
  if ((event.key === "Enter" || event.key === ",") && field.value.trim()) {
    send({ act: "chip", name, value: field.value });
    field.value = "";
    return true;
  }
  if (event.key === "Backspace" && field.value === "") { send({ act: "unchip", name, value: null }); return true; }
  return event.key === "Enter";
}

/** @param {HTMLElement} root @param {(intent: object) => void} send */
export function followKeys(root, send) {
  // Notebooks have commands on single letters, and ask the very element that has the focus whether to keep them back.
  root.addEventListener("focusin", (event) => {
    /** @type {HTMLElement} */ (event.target).dataset.lmSuppressShortcuts = "true";
  });
  root.addEventListener("keydown", (event) => {
    if (collect(event, send) || decide(root, event, send)) event.preventDefault();
    event.stopPropagation(); // a notebook has commands of its own on single letters
  });
}
