(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("opr-data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const frames = [...document.querySelectorAll(".opr [data-chart]")];

  async function inflate() {
    const packed = Uint8Array.from(atob(document.getElementById("opr-library").textContent), c => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  const template = () => data.templates[dark.matches ? "dark" : "light"];

  async function show(frame) {
    const { data: marks, layout, frames = [], config = {} } = data.charts[frame.dataset.chart];
    // A template the figure brought along is its author's choice; ours follows the reader's theme.
    const themed = { ...layout, template: layout.template ?? template() };
    const settings = { responsive: true, displaylogo: false, displayModeBar: false, ...config };
    await Plotly.newPlot(frame, { data: marks, layout: themed, config: settings, frames });
    frame.closest("figure").classList.add("is-live");
  }

  let library;
  async function draw(some) {
    library ??= inflate();
    await library;
    for (const frame of some) {
      try {
        await show(frame);
      } catch (problem) {
        // One figure that cannot be drawn leaves the others, and its own still picture where it has one.
        frame.textContent = `This figure could not be drawn: ${problem?.message ?? problem}`;
      }
    }
    const ours = some.filter(frame => !data.charts[frame.dataset.chart].layout.template);
    dark.addEventListener("change", () => ours.forEach(frame => Plotly.relayout(frame, { template: template() })));
  }

  const table = document.getElementById("opr-table");
  const value = (row, column) => {
    const text = row.cells[column].innerText.trim();
    const [decimal, thousands] = table.dataset.separators;
    const mark = text.replaceAll(thousands, "").replace(decimal, ".");
    return text !== "" && !Number.isNaN(Number(mark)) ? Number(mark) : text;
  };

  function sort(column, down) {
    const rows = [...table.tBodies[0].rows].map(row => [value(row, column), row]);
    // An unknown value (a dash) stays last in both directions.
    const unknown = v => v === "–" || v === "";
    rows.sort(([a], [b]) => unknown(a) - unknown(b)
      || (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b))) * (down ? -1 : 1));
    table.tBodies[0].append(...rows.map(([, row]) => row));
    turnTo(0);
    [...table.tHead.rows[0].cells].forEach((cell, i) => {
      if (i === column) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
  }

  const PAGE = 50;
  let page = 0;
  // Rows that are away are hidden on the screen alone: paper has them all.
  function turn() {
    const wanted = document.getElementById("opr-search").value.trim().toLowerCase();
    const rows = [...table.tBodies[0].rows];
    const hits = rows.filter(row => row.textContent.toLowerCase().includes(wanted));
    page = Math.max(0, Math.min(page, Math.ceil(hits.length / PAGE) - 1));
    const shown = new Set(hits.slice(page * PAGE, (page + 1) * PAGE));
    rows.forEach(row => row.classList.toggle("away", !shown.has(row)));
    const said = document.getElementById("opr-found");
    const first = hits.length ? page * PAGE + 1 : 0;
    said.textContent = said.dataset.words.replace("{first}", first).replace("{last}", page * PAGE + shown.size).replace("{n}", hits.length);
    document.getElementById("opr-back").disabled = page === 0;
    document.getElementById("opr-next").disabled = (page + 1) * PAGE >= hits.length;
  }

  function turnTo(other) {
    page = other;
    turn();
  }

  if (table) {
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = cell.textContent;
      button.addEventListener("click", () => sort(column, cell.getAttribute("aria-sort") !== "descending"));
      cell.replaceChildren(button);
    });
    const box = document.getElementById("opr-search");
    box.addEventListener("input", () => turnTo(0));
    document.getElementById("opr-back").addEventListener("click", () => turnTo(page - 1));
    document.getElementById("opr-next").addEventListener("click", () => turnTo(page + 1));
    box.closest("p").hidden = false;
    turn();
  }

  // A chart in a closed part has no width yet: it is drawn when the part is first opened.
  const isClosed = frame => frame.closest("details.part:not([open])") !== null;
  const pending = new Set(frames);
  function drawOpen() {
    const some = [...pending].filter(frame => !isClosed(frame));
    some.forEach(frame => pending.delete(frame));
    if (some.length) draw(some);
  }
  const parts = [...document.querySelectorAll(".opr details.part")];
  parts.forEach(part => part.addEventListener("toggle", drawOpen));
  // A link to a part opens it; paper shows all of them.
  function openNamed() {
    const named = location.hash ? document.getElementById(location.hash.slice(1)) : null;
    if (named?.matches("details.part")) named.open = true;
  }
  addEventListener("hashchange", openNamed);
  openNamed();
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = parts.filter(part => !part.open);
    opened.forEach(part => { part.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach(part => { part.open = false; }));
  requestAnimationFrame(() => setTimeout(drawOpen));
})();
