// @ts-check
// The table of companies: as tall as all rows, filled with those in view; Python sends the others when they are near.

const AHEAD = 8; // rows that must be there above and below what is in view

/** Ask for other rows when a scroll comes near the end of those that are there.
 * @param {HTMLElement} root @param {(intent: object) => void} send */
export function followScroll(root, send) {
  let waiting = false, asked = "";
  const look = () => {
    waiting = false;
    const pane = root.querySelector("[data-rows]"), rows = pane?.querySelector("tbody");
    if (!pane || !rows) return;
    const { first, count, total, height, stretch } = numbers(rows);
    const top = Math.round((pane.scrollTop / height) * stretch), shown = Math.ceil(pane.clientHeight / height);
    const lacking = (top < first + AHEAD && first > 0) || (top + shown > first + count - AHEAD && first + count < total);
    const wish = lacking ? `${total}:${top}` : "";
    if (wish && wish !== asked) send({ act: "window", value: top });
    asked = wish;
  };
  root.addEventListener("scroll", (event) => {
    if (!waiting && /** @type {HTMLElement} */ (event.target).hasAttribute?.("data-rows")) {
      waiting = true;
      requestAnimationFrame(look);
    }
  }, true);
}

/** @param {Element} rows */
function numbers(rows) {
  const gap = /** @type {HTMLElement | null} */ (rows.querySelector("tr[data-first]"));
  const data = gap?.dataset ?? {};
  const n = (/** @type {string} */ name, /** @type {number} */ other) => Number(data[name] ?? other);
  return { first: n("first", 0), count: n("count", 0), total: n("total", 0), height: n("height", 26), stretch: n("stretch", 1) };
}

/** Bring the chosen row into view, below the headings, without moving the page.
 * @param {HTMLElement} root */
export function showChosen(root) {
  const pane = root.querySelector("[data-rows]"), row = pane?.querySelector("tr.op-chosen");
  if (!pane || !row) return;
  const head = pane.querySelector("thead")?.getBoundingClientRect().height ?? 0;
  const above = row.getBoundingClientRect().top - pane.getBoundingClientRect().top - head;
  const below = row.getBoundingClientRect().bottom - pane.getBoundingClientRect().bottom;
  if (above < 0) pane.scrollTop += above;
  else if (below > 0) pane.scrollTop += below + 4;
}
