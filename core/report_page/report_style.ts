/** Rules of the report beside those of all pages. */
export const REPORT_STYLE = `
body { max-width: 88rem; margin: 0 auto; padding: 0 1rem 4rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 1.2rem 0 .3rem; } h2 { font-size: 1.25rem; border-top: 1px solid var(--line);
  padding-top: 1.4rem; } h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; font-weight: 600; }
a { color: var(--link); } :root { --link: #1d4fc4; } p { max-width: 46rem; }
.skip { position: absolute; left: -999rem; } .skip:focus { left: .5rem; top: .5rem; background: var(--paper);
  padding: .4rem .8rem; z-index: 2; }
:focus-visible { outline: 3px solid var(--first); outline-offset: 2px; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; margin: .8rem 0; list-style: none; }
nav a { display: inline-block; padding: .3rem 0; }
.glance { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 1rem 0; }
.glance div { border: 1px solid var(--line); border-radius: .6rem; padding: .6rem .8rem; }
.glance dt { color: var(--soft); font-size: .85rem; } .glance dd { margin: 0; font-size: 1.35rem; font-weight: 600; }
.glance dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--soft); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: .3rem 1.2rem; }
figure { margin: .6rem 0; max-width: 30rem; } figure.matrix { max-width: 44rem; }
svg text { font-size: 12px; } .legend { margin: 0; font-size: .85rem; }
.whisker { stroke-width: 2; } .frame { fill: none; stroke: var(--line); }
.line.fourth { stroke: var(--fourth); } .line.third { stroke-dasharray: 6 3; }
.dots { fill: none; stroke: var(--first); stroke-width: 3; stroke-linecap: round; stroke-opacity: .45; }
rect.third { fill: var(--third); }
.beside { display: flex; flex-wrap: wrap; gap: .4rem 2.4rem; align-items: flex-start; }
.beside > * { min-width: 0; max-width: 100%; } .beside > figure { flex: 1 1 20rem; max-width: min(30rem, 100%); }
.beside > figure.matrix { flex: 1 1 28rem; max-width: min(42rem, 100%); }
td.number { white-space: nowrap; } tbody th { min-width: 6.5rem; }
.scroll { overflow-x: auto; margin: 1rem 0; } table { min-width: min(100%, 22rem); }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; } thead th { vertical-align: bottom; }
tbody th { font-weight: 400; } th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 3px solid var(--first); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \\2191"; } th[aria-sort=descending] button::after { content: " \\2193"; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: 1rem;
  padding: 0; list-style: none; }
.mistakes li { border: 1px solid var(--line); border-radius: .6rem; padding: .7rem; min-width: 0; }
.seen { display: flex; gap: .4rem; } .seen img { height: 9rem; flex: 0 1 auto; min-width: 0; object-fit: contain; background: #000; }
.id { font: .78rem ui-monospace, monospace; overflow-wrap: anywhere; margin: .5rem 0; }
dl { margin: 0; } .mistakes dl div { display: grid; grid-template-columns: 5.2rem 1fr; font-size: .85rem; }
.mistakes dt { color: var(--soft); } .mistakes dd { margin: 0; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .4rem 0; }
@media (prefers-color-scheme: dark) { :root { --link: #8ab0ff; --first: #6b9bff; --second: #f59e42; --third: #34c38f;
  --fourth: #ab8bff; } }
@media print { nav, .skip { display: none; } .scroll { overflow: visible; } }
`;

/** Sorts a table by a column when its heading is pressed; without scripts the tables stay as they are. */
export const SORT_SCRIPT = `
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.onclick = () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      const key = (row) => row.cells[column].textContent, number = (text) => text === "" ? NaN : parseFloat(text);
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [number(key(a)), number(key(b))];
        if (head.className === "number") return isNaN(x) - isNaN(y) || sign * (x - y) || 0;
        return sign * key(a).localeCompare(key(b), undefined, { numeric: true });
      });
      body.append(...rows);
    };
  });
}
`;
