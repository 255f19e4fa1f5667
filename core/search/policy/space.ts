import type { Json } from "../../base/json.ts";
import type { Plugin } from "../../plugin/define.ts";
import type { Registry } from "../../plugin/registry.ts";
import { configProblem, suggestName } from "../../base/problem.ts";
import type { Random } from "../../base/random.ts";

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

/** The setting at a share of its range: 0 is the low end, 1 the high end; the last of a list is its strongest. */
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
      // Two ranges around a neutral middle, as of a gamma: stronger means further apart.
      return [settingAt(dimension.parts[0], 1 - share), settingAt(dimension.parts[1], share)];
  }
}

/** Which operations a search draws from. */
export interface SpaceOptions {
  /** Names of the operations, or null for all that declare a space. */
  readonly operations: readonly string[] | null;
  /** Ranges that replace or add to those of the plugins, by operation. */
  readonly space: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Ranges of an operation: the config's, and for the keys it leaves out the plugin's. */
function spaceOf(plugin: Plugin<"augmentations">, options: SpaceOptions): OperationSpace[] {
  const own = options.space[plugin.name];
  if (plugin.space === undefined && own === undefined) return [];
  return [{ name: plugin.name, space: { ...plugin.space, ...own } }];
}

/** Both ends of every range must be parameters that the plugin takes. */
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
 * The operations a search draws from: every augmentation plugin that declares a space or is given one, or the named
 * ones. Throws a config problem on an unknown name, on ranges that a plugin refuses, and when fewer than two are left.
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
