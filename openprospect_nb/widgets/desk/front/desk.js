// @ts-check
// The desk in a page: shows what Python sends, and sends back what a person wants. It decides nothing.

import { Regions, focusedIn } from "./regions.js";
import { followScroll, showChosen } from "./table.js";
import { followDrags } from "./plots.js";
import { followKeys } from "./keys.js";
import { followFields } from "./fields.js";

/** @typedef {{regions?: Record<string, string>, step?: string, label?: string, follow?: boolean, focus?: string, file?: string}} Message */
/** @typedef {{send: (content: object, callbacks?: object, buffers?: ArrayBuffer[]) => void,
 *   on: (name: string, call: (message: Message, buffers?: DataView[]) => void) => void,
 *   off: (name: string, call: (message: Message, buffers?: DataView[]) => void) => void}} Model */

const FRAME = `<nav class="op-steps-bar" data-region="steps" aria-label="Steps"></nav><div class="op-body" data-region="body"></div>
<div class="op-foot" data-region="foot"></div><p class="op-said" role="status" aria-live="polite" data-region="said"></p>`;

const PAPER = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

/** Red, green, blue (0-255) and cover (0-1) of a colour in whatever notation a page has it.
 * @param {string} colour @returns {number[]} */
function pixel(colour) {
  if (!PAPER) return [255, 255, 255, 1];
  PAPER.clearRect(0, 0, 1, 1);
  PAPER.fillStyle = colour;
  PAPER.fillRect(0, 0, 1, 1);
  const [red, green, blue, cover] = PAPER.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, cover / 255];
}

/** Whether the page around is dark, by the colour behind the desk.
 * @param {HTMLElement} el */
function isDark(el) {
  for (let at = /** @type {Element | null} */ (el); at; at = at.parentElement ?? /** @type {ShadowRoot} */ (at.getRootNode()).host ?? null) {
    const [red, green, blue, cover] = pixel(getComputedStyle(at).backgroundColor);
    if (cover > 0.5 && !at.classList.contains("op-desk")) return red * 0.3 + green * 0.6 + blue * 0.1 < 110;
  }
  return false;
}

/** Follow the notebook from light to dark and back.
 * @param {HTMLElement} root @returns {() => void} stops it */
function followTheme(root) {
  const look = () => { root.dataset.theme = isDark(root) ? "dark" : "light"; };
  const watch = new MutationObserver(() => setTimeout(look, 150));
  for (const place of [document.documentElement, document.body]) watch.observe(place, { attributes: true });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", look);
  setTimeout(look, 0);
  return () => { watch.disconnect(); media.removeEventListener("change", look); };
}

/** Let the browser keep a file that Python has written.
 * @param {HTMLElement} root @param {string} name @param {DataView[]} parts */
function download(root, name, parts) {
  const link = document.createElement("a"), bytes = parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice());
  link.href = URL.createObjectURL(new Blob(bytes, { type: "application/octet-stream" }));
  link.download = name;
  root.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Change something; if what had the focus is gone then, keys go on from the step's tab.
 * @param {HTMLElement} root @param {() => void} change */
function keepingFocus(root, change) {
  const had = focusedIn(root) !== null;
  change();
  if (had && !focusedIn(root)) /** @type {HTMLElement} */ (root.querySelector("button[aria-current=step]") ?? root).focus({ preventScroll: true });
}

/** Keep what a pointer or the space bar presses until it is let go, wherever that is.
 * @param {HTMLElement} root @param {Regions} regions @returns {() => void} stops it */
function followPresses(root, regions) {
  let presses = 0;
  const press = (/** @type {Event} */ event) => { presses += 1; regions.held = /** @type {Element} */ (event.target); };
  const letGo = () => {
    const mine = presses;
    if (regions.held) setTimeout(() => { if (mine === presses) keepingFocus(root, () => regions.release()); }, 0); // after its click
  };
  root.addEventListener("pointerdown", (event) => { if (event.button === 0) press(event); });
  root.addEventListener("keydown", (event) => { if (event.key === " ") press(event); }, true);
  const ends = ["pointerup", "pointercancel", "keyup"];
  for (const end of ends) window.addEventListener(end, letGo, true);
  window.addEventListener("blur", letGo);
  return () => { window.removeEventListener("blur", letGo); for (const end of ends) window.removeEventListener(end, letGo, true); };
}

/** @param {{model: Model, el: HTMLElement}} given */
function render({ model, el }) {
  const root = document.createElement("section");
  root.className = "op-desk";
  root.tabIndex = -1;
  root.setAttribute("aria-label", "Desk");
  root.innerHTML = FRAME;
  el.replaceChildren(root);
  /** @param {object} intent @param {ArrayBuffer[]} [buffers] */
  const send = (intent, buffers) => model.send(intent, undefined, buffers);
  const regions = new Regions(root);
  /** @param {Message} message @param {DataView[]} [buffers] */
  const show = (message, buffers) => {
    if (message?.file) download(root, message.file, buffers ?? []);
    fields.answered();
    if (!message?.regions) return;
    if (message.step) root.dataset.step = message.step;
    if (message.label) root.setAttribute("aria-label", message.label);
    root.classList.toggle("op-alone", root.getAttribute("aria-label") !== "Desk");
    keepingFocus(root, () => regions.take(message.regions ?? {}));
    if (message.follow) showChosen(root);
    if (message.focus) /** @type {HTMLElement | null} */ (root.querySelector(`[data-key="${CSS.escape(message.focus)}"]`))?.focus();
  };
  const letGo = followPresses(root, regions);
  followDrags(root, send);
  followScroll(root, send);
  followKeys(root, send);
  const fields = followFields(root, send), stop = followTheme(root);
  model.on("msg:custom", show);
  send({ act: "hello" });
  return () => { fields.flush(); stop(); letGo(); model.off("msg:custom", show); };
}

export default { render };
