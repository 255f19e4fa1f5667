import { formatDuration } from "../base/duration.ts";
import { firstFew } from "../base/quoted.ts";
import { UNIT_STATES, type UnitState, type UnitStatus, type WorkStatus } from "./unit_status.ts";

/** Columns of {@link statusRow}. */
export const STATUS_HEADER = ["state", "unit", "machine", "since", "progress", "note"] as const;

function progressOf({ epoch, loss }: UnitStatus): string {
  const parts = [epoch === null ? "" : `epoch ${epoch}`, loss === null ? "" : `loss ${loss.toFixed(4)}`];
  return parts.filter((part) => part !== "").join(", ");
}

function noteOf({ note, waits_for: needs, failures, kills, state }: UnitStatus): string {
  const parts = [
    note ?? "",
    needs.length === 0 ? "" : `waits for ${firstFew(needs)}`,
    failures > 1 && state !== "done" ? `failed ${failures} times` : "",
    kills > 0 ? `lost its worker ${kills === 1 ? "once" : `${kills} times`}` : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

/** A unit as a row of a table. */
export function statusRow(unit: UnitStatus, { time }: WorkStatus): string[] {
  const { state, title, machine, since } = unit;
  const seconds = since === null ? null : (Date.parse(time) - Date.parse(since)) / 1000;
  const when = seconds === null
    ? ""
    : `${formatDuration(Math.max(0, seconds))}${state === "runs" ? "" : " ago"}`;
  return [state, title, machine ?? "", when, progressOf(unit), noteOf(unit)];
}

/** All units in one sentence, such as "12 units: 3 run, 1 has failed, 2 wait, 6 are done". */
export function countSentence({ counts }: WorkStatus): string {
  const total = UNIT_STATES.reduce((sum, state) => sum + counts[state], 0);
  const words: Readonly<Record<UnitState, [one: string, many: string]>> = {
    runs: ["runs", "run"],
    failed: ["has failed", "have failed"],
    waits: ["waits", "wait"],
    cancelled: ["is cancelled", "are cancelled"],
    done: ["is done", "are done"],
  };
  const parts = UNIT_STATES.filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${words[state][counts[state] === 1 ? 0 : 1]}`);
  return `${total} unit${total === 1 ? "" : "s"}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
}

/** The units of a state: those that wait for no other first, then by their titles; those that are done, as they ended. */
export function unitsInState({ units }: WorkStatus, state: UnitState): UnitStatus[] {
  const found = units.filter((unit) => unit.state === state);
  if (state === "done") return found;
  const isBlocked = ({ waits_for: needs }: UnitStatus) => Math.sign(needs.length);
  return found.toSorted((a, b) =>
    isBlocked(a) - isBlocked(b) || a.title.localeCompare(b.title, "en", { numeric: true })
  );
}

/** The units in the order of their states. */
export function unitsByState(status: WorkStatus): UnitStatus[] {
  return UNIT_STATES.flatMap((state) => unitsInState(status, state));
}

/** A table without the columns that are empty in all of its rows, for narrow screens. */
export function filledColumns(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): { header: string[]; rows: string[][] } {
  const isFilled = (_: string, column: number) => rows.some((row) => row[column] !== "");
  return { header: header.filter(isFilled), rows: rows.map((row) => row.filter(isFilled)) };
}
