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

  async function draw() {
    await inflate();
    for (const frame of frames) {
      const chart = data.charts[frame.dataset.chart];
      // A template the figure brought along is its author's choice; ours follows the reader's theme.
      const layout = { ...chart.layout, template: chart.layout.template ?? template() };
      await Plotly.newPlot(frame, chart.data, layout, { responsive: true, displaylogo: false, displayModeBar: false });
      frame.closest("figure").classList.add("is-live");
    }
    const ours = frames.filter(frame => !data.charts[frame.dataset.chart].layout.template);
    dark.addEventListener("change", () => ours.forEach(frame => Plotly.relayout(frame, { template: template() })));
  }

  const table = document.getElementById("opr-table");
  const value = (row, column) => {
    const text = row.cells[column].innerText.trim();
    const mark = document.documentElement.lang === "de" ? text.replaceAll(".", "").replace(",", ".") : text.replaceAll(",", "");
    return text !== "" && !Number.isNaN(Number(mark)) ? Number(mark) : text;
  };

  function sort(column, down) {
    const rows = [...table.tBodies[0].rows].map(row => [value(row, column), row]);
    // An unknown value (a dash) stays last in both directions.
    const unknown = v => v === "–" || v === "";
    rows.sort(([a], [b]) => unknown(a) - unknown(b)
      || (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b))) * (down ? -1 : 1));
    table.tBodies[0].append(...rows.map(([, row]) => row));
    [...table.tHead.rows[0].cells].forEach((cell, i) => {
      if (i === column) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
  }

  function search(text) {
    const wanted = text.trim().toLowerCase();
    let found = 0;
    for (const row of table.tBodies[0].rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      found += row.hidden ? 0 : 1;
    }
    document.getElementById("opr-found").textContent = wanted ? `${found} / ${table.tBodies[0].rows.length}` : "";
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
    box.addEventListener("input", () => search(box.value));
    box.closest("p").hidden = false;
  }
  requestAnimationFrame(() => setTimeout(draw));
})();
