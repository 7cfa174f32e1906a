(() => {
  "use strict";
  const orderOf = (cell) => cell.dataset.order === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.order);
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  const next = { ascending: "descending", descending: null };
  const sortable = (table) => {
    const body = table.tBodies[0];
    const given = [...body.rows];
    [...table.tHead.rows[0].cells].forEach((head, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const had = head.getAttribute("aria-sort");
        const turn = had ? next[had] : "ascending";
        [...head.parentNode.cells].forEach((other) => other.removeAttribute("aria-sort"));
        let rows = given;
        if (turn) {
          head.setAttribute("aria-sort", turn);
          const sign = turn === "ascending" ? 1 : -1;
          rows = given.map((row) => [orderOf(row.cells[index]), row]).sort((a, b) => sign * compare(a[0], b[0])).map((entry) => entry[1]);
        }
        body.append(...rows);
      });
    });
  };
  const searchable = (table) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const told = document.createElement("output");
    const rows = [...table.tBodies[0].rows].map((row) => [row.textContent.toLowerCase(), row]);
    label.className = "search";
    label.textContent = {{ "Search"|say|tojson }};
    input.type = "search";
    input.setAttribute("aria-label", `${label.textContent}: ${table.caption.textContent.trim()}`);
    label.append(input, told);
    table.closest(".table").querySelector(".head").after(label);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const [text, row] of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        left += !row.hidden;
      }
      told.textContent = words.length ? {{ "{left} of {all}"|say(left="{left}", all="{all}")|tojson }}.replace("{left}", left).replace("{all}", rows.length) : "";
    });
  };
  document.querySelectorAll("table[data-search]").forEach((table) => { sortable(table); searchable(table); });
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let item = target; item; item = item.parentElement) if (item.tagName === "DETAILS") item.open = true;
    target?.querySelectorAll(":scope > div > details").forEach((item) => { item.open = true; });
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  if (location.hash) unfold();
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((item) => { item.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((item) => { item.open = false; }));
})();
