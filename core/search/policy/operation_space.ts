import type { Json } from "../../base/json.ts";
import type { Plugin } from "../../plugin/define.ts";
import type { Registry } from "../../plugin/registry.ts";
import { configProblem, suggestName } from "../../base/problem.ts";
import type { Random } from "../../base/random.ts";

/** Search space of an operation: the ranges of its parameters. */
export interface OperationSpace {
  readonly name: string;
  /**
   * `[low, high]`: range; `{ choice: [...] }`: list; `[[a, b], [c, d]]`: pair of ranges; anything else: fixed value.
   */
  readonly space: Readonly<Record<string, unknown>>;
}

/** Search space of one parameter, parsed from upstream's notation. */
export type Dimension =
  | { readonly kind: "fixed"; readonly value: Json }
  | { readonly kind: "choice"; readonly values: readonly Json[] }
  | { readonly kind: "integer" | "real"; readonly low: number; readonly high: number }
  | { readonly kind: "pair"; readonly parts: readonly [Dimension, Dimension] };

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}

/**
 * Parses the search space of one parameter. Upstream's tuples are ranges, of integers (inclusive) when both ends are
 * integers, else of floats; lists are choices; a tuple of tuples is a pair of ranges.
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

/** Samples a parameter value uniformly. */
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
 * Interpolates a parameter: 0 is the low end of its range, 1 the high end; the last entry of a list is the strongest.
 */
export function settingAt(dimension: Dimension, share: number): Json {
  switch (dimension.kind) {
    case "fixed":
      return dimension.value;
    case "choice":
      return dimension.values[Math.round(share * (dimension.values.length - 1))]!;
    case "integer":
      return Math.round(dimension.low + share * (dimension.high - dimension.low));
    case "real":
      return dimension.low + share * (dimension.high - dimension.low);
    case "pair":
      // A pair of ranges around a neutral value (such as gamma 1): stronger means further apart.
      return [settingAt(dimension.parts[0], 1 - share), settingAt(dimension.parts[1], share)];
  }
}

/** Options of {@link operationSpaces}. */
export interface SpaceOptions {
  /** Names of the operations; null for all that declare a space. */
  readonly operations: readonly string[] | null;
  /** Ranges by operation that override or extend those of the plugins. */
  readonly space: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The ranges of an operation: the plugin's, overridden by the config's. */
function spaceOf(plugin: Plugin<"augmentations">, options: SpaceOptions): OperationSpace[] {
  const own = options.space[plugin.name];
  if (plugin.space === undefined && own === undefined) return [];
  return [{ name: plugin.name, space: { ...plugin.space, ...own } }];
}

/** Checks that the plugin accepts both ends of every range. */
function checkSpace(registry: Registry, { name, space }: OperationSpace): void {
  for (const share of [0, 1]) {
    const params = Object.fromEntries(
      Object.entries(space).map(([key, range]) => [key, settingAt(readDimension(range), share)]),
    );
    const result = registry.get("augmentations", name).params.safeParse(params);
    if (result.success) continue;
    const issue = result.error.issues[0]!;
    throw configProblem(
      `search.space.${name}.${issue.path.join(".")}: ${
        JSON.stringify(space[String(issue.path[0])])
      }: ${issue.message}`,
      `Run \`deno task plugins augmentations ${name}\` for what is allowed`,
    );
  }
}

/**
 * The operations of a search: all augmentation plugins that declare or are given a space, or the named ones. Throws a
 * config problem on an unknown name, on invalid ranges, and on fewer than two operations.
 */
export function operationSpaces(registry: Registry, options: SpaceOptions): OperationSpace[] {
  for (const name of Object.keys(options.space)) registry.get("augmentations", name);
  const spaces = registry.list("augmentations").flatMap((plugin) => spaceOf(plugin, options));
  const known = spaces.map(({ name }) => name);
  for (const name of options.operations ?? []) {
    if (!known.includes(name)) {
      throw configProblem(
        `search.operations: "${name}" declares no search space; ${suggestName(name, known)}`,
        "Give it one under search.space",
      );
    }
  }
  const chosen = spaces.filter(({ name }) => options.operations?.includes(name) ?? true);
  if (chosen.length < 2) {
    throw configProblem(
      `Cannot search policies over ${chosen.length} operations: a sub-policy needs two different ones`,
      "Name more under search.operations, or leave it out",
    );
  }
  for (const space of chosen) checkSpace(registry, space);
  return chosen;
}
