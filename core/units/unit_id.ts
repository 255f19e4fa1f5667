import type { Json } from "../base/json.ts";
import { configProblem } from "../base/problem.ts";
import { sha256 } from "../base/sha256.ts";
import { VERSION } from "../base/version.ts";
import type { Unit } from "./unit.ts";

/** Hexadecimal digits of a hash that name a unit. */
const DIGITS = 16;

/**
 * JSON whose objects have their keys in order, so that equal values have equal texts.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(canonicalJson({ b: [1, { d: null, c: "x" }], a: true }), '{"a":true,"b":[1,{"c":"x","d":null}]}');
 * ```
 */
export function canonicalJson(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(",")}}`;
}

/** The name of a unit: its kind, and a hash of all that decides its results, Podium's version among it. */
export function unitId(
  { kind, task, inputs, needs }: Pick<Unit, "kind" | "task" | "inputs" | "needs">,
): string {
  const decisive = { kind, task, inputs, needs, podium: VERSION } as unknown as Json;
  return `${kind}-${sha256(canonicalJson(decisive)).slice(0, DIGITS)}`;
}

/** Throws a config problem where a unit's name is not that of its content, in this version of Podium. */
export function checkUnitId(unit: Unit): void {
  if (unitId(unit) === unit.id) return;
  throw configProblem(
    `Cannot run the unit ${unit.id} (${unit.title}): Podium ${VERSION} would name it ${unitId(unit)}`,
    "Run the version of Podium that made the plan, or plan again; a plan is not edited by hand",
  );
}
