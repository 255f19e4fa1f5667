import type { z } from "zod";
import { configProblem, suggestName } from "../base/problem.ts";
import type { PluginKind } from "./contracts.ts";
import { PLUGIN_KINDS, type Registry } from "./registry.ts";

/** One parameter of a plugin. */
export interface ParameterEntry {
  readonly name: string;
  /** The default, undefined when the parameter is required. */
  readonly default: unknown;
  readonly about: string;
}

/** A plugin as listed in the catalogue. */
export interface CatalogueEntry {
  readonly kind: PluginKind;
  readonly name: string;
  readonly about: string;
  readonly params: readonly ParameterEntry[];
}

/** The parameters declared by a plugin's schema. */
export function describeParameters(schema: z.ZodType): ParameterEntry[] {
  const shape = (schema._zod.def as { shape?: Record<string, z.ZodType> }).shape ?? {};
  return Object.entries(shape).map(([name, field]) => ({
    name,
    default: (field._zod.def as { defaultValue?: unknown }).defaultValue,
    about: field.description ?? "",
  }));
}

/**
 * Compiles a glob pattern with `*` and `?` into a predicate on names.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const names = ["resnet18", "se_resnext50", "inception_v3"];
 * assertEquals(names.filter(matchPattern("*resn*")), ["resnet18", "se_resnext50"]);
 * ```
 */
export function matchPattern(pattern: string): (name: string) => boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  const expression = new RegExp(`^${escaped}$`);
  return (name) => expression.test(name);
}

/**
 * Lists the plugins, sorted by kind and name.
 *
 * @throws Problem on an unknown kind, or when the pattern matches nothing
 */
export function describePlugins(
  registry: Registry,
  filter: { readonly kind?: string | undefined; readonly pattern?: string | undefined },
): CatalogueEntry[] {
  const { kind, pattern = "*" } = filter;
  if (kind !== undefined && !PLUGIN_KINDS.includes(kind as PluginKind)) {
    throw configProblem(`Cannot list "${kind}": no such kind of plugin; ${suggestName(kind, PLUGIN_KINDS)}`);
  }
  const kinds = PLUGIN_KINDS.filter((name) => kind === undefined || name === kind);
  const matches = matchPattern(pattern);
  const plugins = kinds.flatMap((name) => registry.list(name)).filter((plugin) => matches(plugin.name));
  if (plugins.length === 0 && pattern !== "*") {
    const known = kinds.flatMap((name) => registry.names(name));
    throw configProblem(`Cannot find a plugin like "${pattern}": ${suggestName(pattern, known)}`);
  }
  return plugins.map(({ kind, name, about, params }) => ({
    kind,
    name,
    about,
    params: describeParameters(params),
  }));
}
