// @ts-check
// Pictures in which a pointer can select: a stretch of a histogram, a point of the frontier.

/** @param {number} value @param {number} from @param {number} to */
const share = (value, from, to) => Math.min(1, Math.max(0, (value - from) / (to - from)));

/** Where the pointer is, as a share (0-1) of the plot's width.
 * @param {SVGSVGElement} svg @param {PointerEvent} event */
function across(svg, event) {
  const matrix = svg.getScreenCTM();
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix ? matrix.inverse() : undefined);
  return share(at.x, Number(svg.dataset.left), Number(svg.dataset.right));
}

/** Draw the stretch, or the handle, where the pointer is.
 * @param {SVGSVGElement} svg @param {number} start @param {number} end */
function draw(svg, start, end) {
  const place = (/** @type {number} */ s) => Number(svg.dataset.left) + s * (Number(svg.dataset.right) - Number(svg.dataset.left));
  const [left, right] = [place(start), place(end)].sort((a, b) => a - b);
  const band = svg.querySelector(".op-drag");
  band?.setAttribute("x", String(left));
  band?.setAttribute("width", String(Math.max(right - left, 1)));
  const handle = svg.querySelector(".op-handle");
  handle?.setAttribute("transform", `translate(${place(end)} 0)`);
}

/** Tell of drags: ``brush`` with the two ends (none for a click, which clears), ``frontier`` with the place let go at.
 * @param {HTMLElement} root @param {(intent: object) => void} send */
export function followDrags(root, send) {
  /** @type {{svg: SVGSVGElement, start: number, end: number} | null} */
  let drag = null;
  root.addEventListener("pointerdown", (event) => {
    const target = /** @type {Element} */ (event.target), svg = target.closest?.("svg[data-plot]");
    if (!svg || event.button !== 0) return;
    const plot = /** @type {SVGSVGElement} */ (svg), at = across(plot, event);
    plot.setPointerCapture(event.pointerId);
    drag = { svg: plot, start: at, end: at };
    event.preventDefault();
  });
  root.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.end = across(drag.svg, event);
    draw(drag.svg, drag.start, drag.end);
  });
  root.addEventListener("pointerup", () => {
    if (!drag) return;
    const { svg, start, end } = drag;
    drag = null;
    if (svg.dataset.plot === "frontier") return send({ act: "frontier", value: end });
    send({ act: "brush", name: svg.dataset.plot, value: Math.abs(end - start) < 0.02 ? null : [start, end].sort((a, b) => a - b) });
  });
  root.addEventListener("pointercancel", () => { drag = null; });
}
