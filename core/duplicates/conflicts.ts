import type { LabelRow } from "../base/example.ts";
import { configProblem } from "../base/problem.ts";
import { isNumeric } from "../layout/labels.ts";
import type { TargetKind } from "../plugin/contracts.ts";

/** What a group's label is when its members disagree. */
export const CONFLICT_POLICIES = ["train_wins", "majority", "union", "keep_own"] as const;

/** What a group's label is when its members disagree; `keep_own` leaves every member its own. */
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

/** Throws a config problem on a policy that has no meaning for the target: numbers have no union. */
export function checkConflictPolicy(policy: ConflictPolicy, target: TargetKind): void {
  if (policy !== "union" || !isNumeric(target)) return;
  throw configProblem(
    `Cannot join the labels of duplicates by union: the target ${target} is numbers`,
    `Choose of: ${CONFLICT_POLICIES.filter((name) => name !== "union").join(", ")}`,
  );
}

/** A group whose members do not all have the same labels. */
export interface LabelConflict {
  readonly members: readonly LabelRow[];
  /** What the policy made of it. */
  readonly resolved: readonly number[];
}

function keyOf(row: LabelRow): string {
  return row.labels.join(" ");
}

/** Whether the members of a group do not all have the same labels. */
export function disagrees(members: readonly LabelRow[]): boolean {
  return members.some((row) => keyOf(row) !== keyOf(members[0]!));
}

/** The label set most members have; among equals the one with more train members, then that of the smallest id. */
function mostFrequent(members: readonly LabelRow[]): readonly number[] {
  const tally = new Map<string, { count: number; train: number; first: LabelRow }>();
  for (const row of [...members].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const entry = tally.get(keyOf(row)) ?? { count: 0, train: 0, first: row };
    entry.count++;
    if (row.source === "train") entry.train++;
    tally.set(keyOf(row), entry);
  }
  const ranked = [...tally.values()].sort((a, b) =>
    b.count - a.count || b.train - a.train || (a.first.id < b.first.id ? -1 : 1)
  );
  return ranked[0]!.first.labels;
}

/**
 * The one label set of a group. `train_wins` asks the train members when there are any (upstream's choice, made
 * deterministic), `majority` asks all, `union` takes every label. With `keep_own` the group's label is that of
 * `train_wins`, for files that have one label a group; use `memberLabels` for the members.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const members = [
 *   { id: "a", source: "external", labels: [1] },
 *   { id: "b", source: "external", labels: [1] },
 *   { id: "c", source: "train", labels: [0, 2] },
 * ] as const;
 * assertEquals(groupLabels(members, "train_wins"), [0, 2]);
 * assertEquals(groupLabels(members, "majority"), [1]);
 * assertEquals(groupLabels(members, "union"), [0, 1, 2]);
 * ```
 */
export function groupLabels(members: readonly LabelRow[], policy: ConflictPolicy): readonly number[] {
  if (policy === "majority") return mostFrequent(members);
  if (policy === "union") {
    return [...new Set(members.flatMap((row) => row.labels))].sort((a, b) => a - b);
  }
  const train = members.filter((row) => row.source === "train");
  return mostFrequent(train.length > 0 ? train : members);
}

/** The labels of each member of a group after the policy. */
export function memberLabels(members: readonly LabelRow[], policy: ConflictPolicy): (readonly number[])[] {
  if (policy === "keep_own") return members.map((row) => row.labels);
  const shared = groupLabels(members, policy);
  return members.map(() => shared);
}
