import { htmlPage, htmlTable, paragraph, section } from "../report/page.ts";
import { element, escapeText } from "../report/svg.ts";
import { countSentence, filledColumns, STATUS_HEADER, statusRow, unitsInState } from "./status_rows.ts";
import { UNIT_STATES, type UnitState, type WorkStatus } from "./unit_status.ts";

const TITLES: Readonly<Record<UnitState, string>> = {
  runs: "Running",
  failed: "Failed",
  waits: "Waiting",
  cancelled: "Cancelled",
  done: "Done",
};

/** Looks at the file again: whoever watches writes it anew. */
function reloadScript(seconds: number): string {
  return `setTimeout(() => location.reload(), ${1000 * seconds});`;
}

function stateSection(status: WorkStatus, state: UnitState): string[] {
  const units = unitsInState(status, state);
  if (units.length === 0) return [];
  const rows = units.map((unit) => statusRow(unit, status).slice(1));
  const filled = filledColumns(STATUS_HEADER.slice(1), rows), table = htmlTable(filled.header, filled.rows);
  const more = status.counts[state] - units.length;
  return [section(TITLES[state], [
    element("div", { class: "wide", role: "region", tabindex: 0, "aria-label": TITLES[state] }, [table]),
    ...(more > 0 ? [paragraph(`and ${more} more`, "soft")] : []),
  ])];
}

/**
 * The page of all units: one file, nothing fetched.
 *
 * @param reload seconds after which a browser looks at the file again; never when left out
 */
export function statusPage(status: WorkStatus, { reload }: { readonly reload?: number } = {}): string {
  const main = element("main", { class: "run" }, [
    element("h1", {}, [escapeText(status.source)]),
    paragraph(countSentence(status)),
    ...UNIT_STATES.flatMap((state) => stateSection(status, state)),
    paragraph(`Written ${status.time.slice(0, 19).replace("T", " ")} UTC`, "soft"),
  ]);
  const extras = reload === undefined ? {} : { script: reloadScript(reload) };
  return htmlPage(`${countSentence(status)} · ${status.source}`, [main], extras);
}
