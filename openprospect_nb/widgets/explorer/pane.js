// Shows the model's HTML; tells Python which share of a plot a drag covered, and which button was pressed.
const share = (value, from, to) => Math.min(1, Math.max(0, (value - from) / (to - from)));

function place(svg, event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [at.x, at.y];
}

function brushed(svg, model, start, event) {
  const box = svg.dataset, n = (name) => Number(box[name]), end = place(svg, event);
  if (Math.abs(end[0] - start[0]) < 4 && Math.abs(end[1] - start[1]) < 4) return model.send({ brush: null });
  const xs = [start[0], end[0]].map((x) => share(x, n("left"), n("right"))).sort((a, b) => a - b);
  const ys = [start[1], end[1]].map((y) => share(y, n("bottom"), n("top"))).sort((a, b) => a - b);
  model.send({ brush: [...xs, ...ys] });
}

function drawBand(svg, start, event) {
  const band = svg.querySelector(".op-drag"), box = svg.dataset, end = place(svg, event);
  const within = (v, a, b) => Math.min(Math.max(v, Number(a)), Number(b));
  const [x0, x1] = [start[0], end[0]].map((x) => within(x, box.left, box.right)).sort((a, b) => a - b);
  let [y0, y1] = [Number(box.top), Number(box.bottom)];
  if (box.brush === "xy") [y0, y1] = [start[1], end[1]].map((y) => within(y, box.top, box.bottom)).sort((a, b) => a - b);
  for (const [name, value] of Object.entries({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 })) band.setAttribute(name, value);
}

function render({ model, el }) {
  let start = null, pending = false;
  const plot = (event) => event.target.closest?.("svg[data-brush]");
  const show = () => {
    if (start) { pending = true; return; } // a picture that changes under a drag would lose it
    const focused = el.contains(document.activeElement) ? document.activeElement.dataset.pick : null;
    const scrolled = el.querySelector(".op-scroll")?.scrollLeft;
    el.innerHTML = model.get("html");
    if (scrolled) el.querySelector(".op-scroll").scrollLeft = scrolled;
    if (focused) el.querySelector(`[data-pick="${CSS.escape(focused)}"]`)?.focus();
  };
  const finish = () => { start = null; if (pending) { pending = false; show(); } };
  el.addEventListener("pointerdown", (event) => {
    const svg = plot(event);
    if (!svg || event.button !== 0) return;
    svg.setPointerCapture(event.pointerId);
    start = place(svg, event);
    event.preventDefault();
  });
  el.addEventListener("pointermove", (event) => { if (start && plot(event)) drawBand(plot(event), start, event); });
  el.addEventListener("pointerup", (event) => {
    if (start && plot(event)) brushed(plot(event), model, start, event);
    finish();
  });
  el.addEventListener("pointercancel", finish);
  el.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-pick]");
    if (pressed) model.send({ pick: pressed.dataset.pick });
  });
  el.addEventListener("keydown", (event) => {
    // Rows are many: one of them is a tab stop, the arrow keys go on from there.
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], row = event.target.closest("tbody [data-pick]");
    if (!step || !row) return;
    const all = [...el.querySelectorAll("tbody [data-pick]")], next = all[all.indexOf(row) + step];
    if (next) { row.tabIndex = -1; next.tabIndex = 0; next.focus(); }
    event.preventDefault();
    event.stopPropagation();
  });
  model.on("change:html", show);
  show();
  return () => model.off("change:html", show);
}

export default { render };
