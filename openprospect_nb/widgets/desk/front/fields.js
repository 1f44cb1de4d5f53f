// @ts-check
// Buttons and fields: what was pressed or typed goes to Python as an intent.

import { isTextField } from "./regions.js";

const CALM = 180; // milliseconds without a keystroke until a text is told while Python is still busy with what was told before
const READY = 30; // and once it has answered: a fast hand is told of in one piece, and nobody waits

/** @param {HTMLElement} element @returns {object} */
const intentOf = (element) => ({ act: element.dataset.act, name: element.dataset.name ?? null, value: element.dataset.value ?? null });

/** @param {HTMLElement} root @param {(intent: object, buffers?: ArrayBuffer[]) => void} send
 * @returns {{flush: () => void, answered: () => void}} tells what is still untold; hears that Python has answered */
export function followFields(root, send) {
  /** @type {Map<HTMLElement, ReturnType<typeof setTimeout>>} */
  const late = new Map();
  let isBusy = false;
  const tell = (/** @type {HTMLElement} */ field) => {
    clearTimeout(late.get(field));
    late.delete(field);
    const input = /** @type {HTMLInputElement} */ (field);
    isBusy = isTextField(field);
    send({ act: "field", name: field.dataset.field, value: input.type === "checkbox" ? input.checked : input.value });
  };
  const flush = () => { for (const field of [...late.keys()]) tell(field); };
  const tellIn = (/** @type {HTMLElement} */ field, /** @type {number} */ time) => {
    clearTimeout(late.get(field));
    late.set(field, setTimeout(() => tell(field), time));
  };
  root.addEventListener("input", (event) => {
    const field = /** @type {HTMLElement} */ (event.target);
    if (field.dataset.field) tellIn(field, !isTextField(field) ? 0 : isBusy ? CALM : READY);
  });
  root.addEventListener("change", async (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target), chips = field.dataset.chips;
    if (field.type === "file" && field.files?.length) {
      const file = field.files[0], bytes = await file.arrayBuffer();
      field.value = "";
      send({ act: "file", name: file.name }, [bytes]);
    } else if (chips && field.value.trim()) {
      send({ act: "chip", name: chips, value: field.value });
      field.value = "";
    } else if (late.has(field)) tell(field);
  });
  root.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const pressed = /** @type {HTMLElement | null} */ (target.closest?.("[data-act]"));
    const jump = /** @type {HTMLElement | null} */ (target.closest?.("[data-jump]"));
    if (jump) /** @type {HTMLElement | null} */ (root.querySelector(`[data-key="${jump.dataset.jump}"]`))?.focus();
    if (!pressed || /** @type {HTMLButtonElement} */ (pressed).disabled) return;
    flush();
    send(intentOf(pressed));
  });
  const answered = () => {
    if (isBusy) for (const field of late.keys()) tellIn(field, READY);
    isBusy = false;
  };
  return { flush, answered };
}
