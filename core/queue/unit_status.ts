/** What may be true of a unit, in the order in which readers ask for it. */
export const UNIT_STATES = ["runs", "failed", "waits", "cancelled", "done"] as const;

/** State of a unit. */
export type UnitState = typeof UNIT_STATES[number];

/** Where a unit is. */
export interface UnitStatus {
  readonly id: string;
  readonly title: string;
  readonly state: UnitState;
  /** Titles of the units that it waits for, with the state of those that will not come by themselves. */
  readonly waits_for: readonly string[];
  /** Who runs or ran it; null where nobody has begun. */
  readonly machine: string | null;
  /** ISO 8601: when it was begun, or has ended; null where neither is known. */
  readonly since: string | null;
  readonly epoch: number | null;
  readonly loss: number | null;
  /** What is being done, or why it has failed, or is tried again. */
  readonly note: string | null;
  /** How often it has failed by itself, and how often it has lost its worker. */
  readonly failures: number;
  readonly kills: number;
}

/** Where all units are. */
export interface WorkStatus {
  /** Queue or plan. */
  readonly source: string;
  /** ISO 8601. */
  readonly time: string;
  readonly counts: Readonly<Record<UnitState, number>>;
  /** All that are not done, and the latest of those that are. */
  readonly units: readonly UnitStatus[];
}

/** A unit with its state and nothing else to tell. */
export function plainStatus(
  { id, title }: { readonly id: string; readonly title: string },
  state: UnitState,
): UnitStatus {
  return {
    id,
    title,
    state,
    waits_for: [],
    machine: null,
    since: null,
    epoch: null,
    loss: null,
    note: null,
    failures: 0,
    kills: 0,
  };
}

/**
 * What a unit waits for, as its readers are told.
 *
 * @param known units by id; those that are missing are done
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const known = new Map([["a", plainStatus({ id: "a", title: "train a" }, "failed")]]);
 * assertEquals(describeNeeds(["a", "b"], known), ["train a (failed)"]);
 * ```
 */
export function describeNeeds(needs: readonly string[], known: ReadonlyMap<string, UnitStatus>): string[] {
  return needs.flatMap((need) => {
    const unit = known.get(need);
    if (unit === undefined || unit.state === "done") return [];
    return unit.state === "failed" || unit.state === "cancelled"
      ? [`${unit.title} (${unit.state})`]
      : [unit.title];
  });
}

/** How many units are in each state. */
export function countStates(units: readonly UnitStatus[]): Record<UnitState, number> {
  const counts = { runs: 0, failed: 0, waits: 0, cancelled: 0, done: 0 };
  for (const { state } of units) counts[state]++;
  return counts;
}
