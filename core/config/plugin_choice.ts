import { z } from "zod";

/** A plugin that a config names: its name alone, or with parameters. */
export type PluginChoice = string | { readonly name: string; readonly params: Record<string, unknown> };

/** Schema of a {@link PluginChoice}, whose kind is said in error messages. */
export function pluginChoice(kind: string): z.ZodType<PluginChoice> {
  const params = z.record(z.string(), z.unknown()).default({});
  return z.union([z.string(), z.strictObject({ name: z.string(), params })], {
    error: `allowed: the name of a ${kind}, or {name, params}`,
  });
}

/**
 * Name and parameters of a choice.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(readChoice("log_loss"), { name: "log_loss", params: {} });
 * ```
 */
export function readChoice(choice: PluginChoice): { name: string; params: Record<string, unknown> } {
  return typeof choice === "string" ? { name: choice, params: {} } : choice;
}

/**
 * The shortest form of a choice, so that two ways to write one compare equal: the name where there are no parameters.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(shortChoice({ name: "log_loss", params: {} }), "log_loss");
 * assertEquals(shortChoice({ name: "map_at_k", params: { k: 3 } }), { name: "map_at_k", params: { k: 3 } });
 * ```
 */
export function shortChoice(choice: PluginChoice): PluginChoice {
  const { name, params } = readChoice(choice);
  return Object.keys(params).length === 0 ? name : { name, params };
}
