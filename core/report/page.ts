import { element, escapeText } from "./svg.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #6b7280; --line: #e2e5ea; --paper: #fff;
  --first: #2563eb; --second: #dc6803; --third: #0f9d6e; --fourth: #8b5cf6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #9aa3af; --line: #333a44; --paper: #14171c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
p.soft, figcaption { color: var(--soft); }
figure { margin: .5rem 0; } svg { width: 100%; max-width: 46rem; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); } svg text.name { fill: var(--ink); }
.grid { stroke: var(--line); } .axis { stroke: var(--soft); } .whisker { stroke: var(--ink); }
.level { stroke: var(--soft); stroke-dasharray: 4 4; }
.line { fill: none; stroke-width: 2; }
circle.first, rect.first { fill: var(--first); } circle.second, rect.second { fill: var(--second); }
circle.third { fill: var(--third); } circle.fourth { fill: var(--fourth); }
.line.first { stroke: var(--first); } .line.second { stroke: var(--second); } .line.third { stroke: var(--third); }
.legend { color: var(--soft); } .key { margin-right: 1.2rem; }
.key i { display: inline-block; width: .7rem; height: .7rem; border-radius: 50%; margin-right: .4rem; }
i.first { background: var(--first); } i.second { background: var(--second); } i.third { background: var(--third); }
i.fourth { background: var(--fourth); }
table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem .9rem .25rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 1rem; }
.pictures div { display: flex; gap: 4px; } .pictures img { width: calc(50% - 2px); background: #000; } .pictures figcaption { font-size: .75rem; }
code { font-size: .85em; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem 2rem; }
.charts h2 { margin: 1rem 0 0; } svg.curves { max-width: 34rem; } svg.curves text { font-size: 13px; }
.mark { fill: none; stroke: var(--ink); stroke-width: 2; } .line.fourth { stroke: var(--fourth); }
.wide { overflow-x: auto; } .run { overflow-wrap: anywhere; } .run .wide { overflow-wrap: normal; }
`;

/** What a page has beside its body. */
export interface PageExtras {
  /** Rules behind those of all pages. */
  readonly style?: string;
  /** A script for what a page can do without as well. */
  readonly script?: string;
}

/** A page in one file: nothing is fetched. `body` is HTML. */
export function htmlPage(
  title: string,
  body: readonly string[],
  { style = "", script }: PageExtras = {},
): string {
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    element("title", {}, [escapeText(title)]),
    element("style", {}, [STYLE + style]),
  ];
  return `<!doctype html>\n<html lang="en"><head>${head.join("\n")}</head><body>\n${body.join("\n")}\n${
    script === undefined ? "" : `<script>${script}</script>\n`
  }</body></html>\n`;
}

/** A heading with what belongs under it. */
export function section(title: string, body: readonly string[]): string {
  return element("section", {}, [element("h2", {}, [escapeText(title)]), ...body]);
}

/** Things side by side where the page is wide enough. */
export function sideBySide(things: readonly string[]): string {
  return element("div", { class: "beside" }, things);
}

/** A paragraph of plain text. */
export function paragraph(text: string, style?: string): string {
  return element("p", { class: style }, [escapeText(text)]);
}

/** A table; numbers are aligned to the right. */
export function htmlTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const isNumber = (column: number) =>
    rows.length > 0 && rows.every((row) => typeof row[column] === "number");
  const cell = (tag: string, value: string | number, column: number) =>
    element(tag, { class: isNumber(column) ? "number" : undefined }, [escapeText(String(value))]);
  const line = (tag: string, row: readonly (string | number)[]) =>
    element("tr", {}, row.map((value, column) => cell(tag, value, column)));
  return element("table", {}, [line("th", header), ...rows.map((row) => line("td", row))]);
}
