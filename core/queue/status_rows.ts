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

/** The units in the order of their states. */
export function unitsByState({ units }: WorkStatus): UnitStatus[] {
  return UNIT_STATES.flatMap((state) => units.filter((unit) => unit.state === state));
}
