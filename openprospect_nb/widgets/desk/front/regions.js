// @ts-check
// Regions: named parts of the desk whose HTML comes from Python; here it is only put where it belongs.

/** The element that has the focus, also inside a shadow root.
 * @param {HTMLElement} root @returns {HTMLElement | null} */
export function focusedIn(root) {
  const tree = /** @type {Document | ShadowRoot} */ (root.getRootNode());
  const active = /** @type {HTMLElement | null} */ (tree.activeElement);
  return active && root.contains(active) ? active : null;
}

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

/** @param {Element | null} element @returns {element is HTMLInputElement | HTMLTextAreaElement} */
export function isTextField(element) {
  if (!element) return false;
  if (element.tagName === "TEXTAREA") return true;
  const type = element.getAttribute("type") ?? "text";
  return element.tagName === "INPUT" && ["text", "search", "number"].includes(type);
}

/** @param {Element | null} element @returns {element is HTMLInputElement} */
const isSlider = (element) => element?.getAttribute("type") === "range";

/** What a person would miss if a part were drawn anew: focus and what is typed, scroll places, what is folded out.
 * @param {HTMLElement} place @param {HTMLElement} root */
function keep(place, root) {
  const active = focusedIn(root), inside = active && place.contains(active) ? active : null;
  const scrolled = [...place.querySelectorAll("[data-scroll]")].map((e) => [
    /** @type {HTMLElement} */ (e).dataset.scroll, e.scrollTop, e.scrollLeft]);
  const open = [...place.querySelectorAll("details[data-key][open]")].map((e) => /** @type {HTMLElement} */ (e).dataset.key);
  return { key: inside?.dataset.key ?? null, field: isTextField(inside) || isSlider(inside) ? inside : null, scrolled, open };
}

/** Put a field that is typed in where its new self stands, described as that is. The element itself stays, for the person
 * is ahead of the kernel, and an element knows more than it says: a number field whose text is "7." for now says 7, and
 * does not say at all where its caret is.
 * @param {HTMLElement} drawn @param {HTMLElement} field */
function stay(drawn, field) {
  for (const { name } of [...field.attributes]) if (name !== "value" && !drawn.hasAttribute(name)) field.removeAttribute(name);
  for (const { name, value } of drawn.attributes) {
    if (name !== "value" && field.getAttribute(name) !== value) field.setAttribute(name, value);
  }
  drawn.replaceWith(field);
}

/** @param {HTMLElement} place @param {ReturnType<typeof keep>} kept */
function restore(place, kept) {
  for (const [name, top, left] of kept.scrolled) {
    const again = place.querySelector(`[data-scroll="${name}"]`);
    if (again) [again.scrollTop, again.scrollLeft] = [Number(top), Number(left)];
  }
  for (const key of kept.open) {
    const again = place.querySelector(`details[data-key="${CSS.escape(String(key))}"]`);
    if (again) /** @type {HTMLDetailsElement} */ (again).open = true;
  }
  if (kept.key === null) return;
  const drawn = /** @type {HTMLElement | null} */ (place.querySelector(`[data-key="${CSS.escape(kept.key)}"]`));
  if (!drawn) return;
  const isSame = kept.field?.tagName === drawn.tagName && kept.field.getAttribute("type") === drawn.getAttribute("type");
  const field = isSame ? kept.field : null;
  if (field) stay(drawn, field);
  (field ?? drawn).focus({ preventScroll: true });
}

/** Put rows where others stand; those that are equal stay, for most acts change a few of them. Rows hold no fields,
 * whose state is more than their HTML.
 * @param {HTMLElement} place @param {string} html */
function putRows(place, html) {
  const made = /** @type {HTMLElement} */ (place.cloneNode(false)), name = (/** @type {Element} */ row) => row.getAttribute("data-value");
  made.innerHTML = html;
  const rows = [...made.children], wanted = new Map(rows.map((row) => [name(row), row]));
  for (const row of [...place.children]) if (!row.isEqualNode(wanted.get(name(row)) ?? null)) row.remove();
  rows.forEach((row, n) => { if (!row.isEqualNode(place.children[n] ?? null)) place.insertBefore(row, place.children[n] ?? null); });
  while (place.children.length > rows.length) place.lastElementChild?.remove();
}

/** The texts of all regions, and the places that show them. What is pressed stays as it is until it is let go: a button
 * that is drawn anew between press and release has not been clicked, and a slider would be lost under the hand. */
export class Regions {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Map<string, string>} */
    this.texts = new Map();
    /** @type {Set<string>} */
    this.waiting = new Set();
    /** @type {Element | null} */
    this.held = null;
  }

  /** Draw again what has changed under the hand. */
  release() {
    this.held = null;
    const names = [...this.waiting];
    this.waiting.clear();
    for (const name of names) for (const place of this.places(name, this.root)) this.fill(place, name);
  }

  /** Take new texts and show them; a region inside one that changed is shown again.
   * @param {Record<string, string>} texts */
  take(texts) {
    for (const [name, html] of Object.entries(texts)) this.texts.set(name, html);
    for (const name of Object.keys(texts)) for (const place of this.places(name, this.root)) this.fill(place, name);
  }

  /** @param {string} name @param {HTMLElement} within @returns {HTMLElement[]} */
  places(name, within) {
    return [...within.querySelectorAll(`[data-region="${CSS.escape(name)}"]`)].map((e) => /** @type {HTMLElement} */ (e));
  }

  /** @param {HTMLElement} place @param {string} name */
  fill(place, name) {
    if (this.held && place.contains(this.held)) { this.waiting.add(name); return; }
    const kept = keep(place, this.root);
    const html = this.texts.get(name) ?? "";
    if (place.tagName === "TBODY") putRows(place, html); else place.innerHTML = html;
    for (const inner of place.querySelectorAll("[data-region]")) {
      const region = /** @type {HTMLElement} */ (inner);
      if (region.innerHTML === "") region.innerHTML = this.texts.get(region.dataset.region ?? "") ?? "";
    }
    restore(place, kept);
  }
}
