import type { Json } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { configProblem, suggestName } from "../problem.ts";
import type { Random } from "../random.ts";

/** An operation that policies may hold, with the ranges of its settings. */
export interface OperationSpace {
  readonly name: string;
  /** `[low, high]` is a range, `{ choice: [...] }` a list, `[[a, b], [c, d]]` a pair of ranges, anything else fixed. */
  readonly space: Readonly<Record<string, unknown>>;
}

/** One setting that a search may choose, resolved from the way upstream writes it. */
export type Dimension =
  | { readonly kind: "fixed"; readonly value: Json }
  | { readonly kind: "choice"; readonly values: readonly Json[] }
  | { readonly kind: "integer" | "real"; readonly low: number; readonly high: number }
  | { readonly kind: "pair"; readonly parts: readonly [Dimension, Dimension] };

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}

/**
 * What may be chosen for one setting. Upstream's tuples are ranges, of integers where both ends are integers
 * (both included) and of reals otherwise; its lists are choices; a tuple of tuples is a pair of ranges.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(readDimension([3, 5]), { kind: "integer", low: 3, high: 5 });
 * assertEquals(readDimension([0.1, 0.3]).kind, "real");
 * assertEquals(readDimension({ choice: [0, 0.5] }).kind, "choice");
 * assertEquals(readDimension([[70, 90], [110, 130]]).kind, "pair");
 * assertEquals(readDimension(1), { kind: "fixed", value: 1 });
 * ```
 */
export function readDimension(space: unknown): Dimension {
  if (isPair(space)) {
    const [low, high] = space;
    if (typeof low === "number" && typeof high === "number") {
      return { kind: Number.isInteger(low) && Number.isInteger(high) ? "integer" : "real", low, high };
    }
    if (isPair(low) && isPair(high)) {
      return { kind: "pair", parts: [readDimension(low), readDimension(high)] };
    }
  }
  if (typeof space === "object" && space !== null && "choice" in space && Array.isArray(space.choice)) {
    return { kind: "choice", values: space.choice as Json[] };
  }
  return { kind: "fixed", value: space as Json };
}

/** A value for one setting, drawn uniformly. */
export function sampleDimension(dimension: Dimension, random: Random): Json {
  switch (dimension.kind) {
    case "fixed":
      return dimension.value;
    case "choice":
      return random.choice(dimension.values);
    case "integer":
      return random.integer(dimension.low, dimension.high);
    case "real":
      return random.uniform(dimension.low, dimension.high);
    case "pair":
      return dimension.parts.map((part) => sampleDimension(part, random));
  }
}

/**
 * The operations a search draws from: every augmentation plugin that declares a space, or the named ones.
 * Throws a config problem on an unknown name and when fewer than two operations are left.
 */
export function operationSpaces(
  registry: Registry,
  names: readonly string[] | null = null,
): OperationSpace[] {
  const spaces = registry.list("augmentations")
    .flatMap(({ name, space }) => space === undefined ? [] : [{ name, space }]);
  const known = spaces.map(({ name }) => name);
  for (const name of names ?? []) {
    if (!known.includes(name)) {
      throw configProblem(
        `search.operations: "${name}" declares no search space; ${suggestName(name, known)}`,
      );
    }
  }
  const chosen = spaces.filter(({ name }) => names === null || names.includes(name));
  if (chosen.length < 2) {
    throw configProblem(
      `Cannot search policies over ${chosen.length} operations: a sub-policy needs two different ones`,
      "Name more under search.operations, or leave it out",
    );
  }
  return chosen;
}
