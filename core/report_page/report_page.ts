import { htmlPage, paragraph } from "../report/page.ts";
import { element, escapeText } from "../report/svg.ts";
import type { PagePart } from "./page_part.ts";
import { REPORT_STYLE, SORT_SCRIPT } from "./report_style.ts";

/** A number at the top of the page. */
export interface Glance {
  readonly name: string;
  readonly value: string;
  /** What it is compared with, or counted on. */
  readonly beside: string;
}

/** What the page says. */
export interface ReportPage {
  readonly title: string;
  /** One sentence below the title. */
  readonly about: string;
  readonly glances: readonly Glance[];
  readonly parts: readonly PagePart[];
}

function glanceHtml({ name, value, beside }: Glance): string {
  const dd = [escapeText(value), element("small", {}, [escapeText(beside)])];
  return element("div", {}, [element("dt", {}, [escapeText(name)]), element("dd", {}, dd)]);
}

function partHtml({ id, title, body }: PagePart): string {
  const heading = element("h2", { id: `${id}-title` }, [escapeText(title)]);
  return element("section", { id, "aria-labelledby": `${id}-title` }, [heading, ...body]);
}

/** The report as one file that needs no other: headings, landmarks and tables for readers, a script for sorting alone. */
export function reportPage({ title, about, glances, parts }: ReportPage): string {
  const links = parts.map((part) =>
    element("li", {}, [element("a", { href: `#${part.id}` }, [escapeText(part.title)])])
  );
  const body = [
    element("a", { class: "skip", href: "#main" }, ["Skip to the content"]),
    element("header", {}, [element("h1", {}, [escapeText(title)]), paragraph(about, "soft")]),
    element("nav", { "aria-label": "Sections" }, [element("ul", {}, links)]),
    element("main", { id: "main" }, [
      element("dl", { class: "glance" }, glances.map(glanceHtml)),
      ...parts.map(partHtml),
    ]),
  ];
  return htmlPage(title, body, { style: REPORT_STYLE, script: SORT_SCRIPT });
}
