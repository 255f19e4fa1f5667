import { parse } from "@std/yaml";
import type { z } from "zod";
import { readTextFile } from "../files.ts";
import type { PluginKind } from "../plugin/contracts.ts";
import { loadPlugins, type Registry } from "../plugin/registry.ts";
import { configProblem, suggestName } from "../problem.ts";
import { explainIssues } from "./explain.ts";
import { applyOverride } from "./override.ts";
import { type Config, configSchema } from "./schema.ts";

/** A config with the plugins it can name. */
export interface LoadedConfig {
  readonly path: string;
  readonly config: Config;
  readonly registry: Registry;
}

/** Sections that name a plugin, with the kind they name. */
const NAMED_SECTIONS: readonly (readonly [section: keyof Config, kind: PluginKind])[] = [
  ["data", "datasets"],
  ["model", "models"],
  ["optimizer", "optimizers"],
  ["scheduler", "schedulers"],
  ["transform", "transforms"],
  ["loss", "losses"],
];

async function readTree(path: string): Promise<Record<string, unknown>> {
  const text = await readTextFile(path, "Name a YAML file of configs/, or copy one of them").catch(
    (error) => {
      throw configProblem(`Cannot read the config "${path}": ${error.message}`, error.next);
    },
  );
  let tree: unknown;
  try {
    tree = parse(text);
  } catch (error) {
    throw configProblem(`Cannot read the config "${path}": ${(error as Error).message}`, "Correct the YAML");
  }
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) {
    throw configProblem(`Cannot read the config "${path}": it holds no sections such as data, model, train`);
  }
  return tree as Record<string, unknown>;
}

/** Problems of one `{ name, params }` section: an unknown name, or parameters that the plugin refuses. */
export function checkPlugin(
  registry: Registry,
  kind: PluginKind,
  section: {
    readonly where: string;
    readonly name: string;
    readonly params: Readonly<Record<string, unknown>>;
  },
): string[] {
  const { where, name, params } = section;
  if (!registry.has(kind, name)) {
    return [`${where}.name: "${name}": not in plugins/${kind}; ${suggestName(name, registry.names(kind))}`];
  }
  const schema = registry.get(kind, name).params;
  const result = schema.safeParse(params);
  return result.success ? [] : explainIssues(result.error, params, { schema, where: `${where}.params` });
}

function checkPlugins(config: Config, registry: Registry): string[] {
  const problems = NAMED_SECTIONS.flatMap(([where, kind]) =>
    checkPlugin(registry, kind, {
      where,
      ...config[where] as { name: string; params: Record<string, unknown> },
    })
  );
  for (const [key, kind] of [["layout", "layouts"], ["backend", "backends"]] as const) {
    const name = key === "layout" ? config.data.layout : config.backend;
    const where = key === "layout" ? "data.layout" : "backend";
    const known = ["auto", ...registry.names(kind)];
    if (!known.includes(name)) {
      problems.push(`${where}: "${name}": not in plugins/${kind}; ${suggestName(name, known)}`);
    }
  }
  return problems;
}

/**
 * Checks a config that is already a value. Throws one config problem that lists everything wrong in it: unknown keys
 * with the nearest known one, wrong values with what is allowed, unknown plugins, parameters a plugin refuses.
 *
 * @param path what to call it in messages
 */
export async function resolveConfig(tree: unknown, path: string): Promise<LoadedConfig> {
  const result = configSchema.safeParse(tree);
  const problems = result.success
    ? []
    : explainIssues(result.error, tree, { schema: configSchema as z.ZodType });
  if (result.success) {
    const registry = await loadPlugins(result.data.plugins);
    problems.push(...checkPlugins(result.data, registry));
    if (problems.length === 0) return { path, config: result.data, registry };
  }
  const list = problems.sort().map((problem) => `  ${problem}`).join("\n");
  throw configProblem(
    `Cannot use the config "${path}":\n${list}`,
    "Correct the keys above; the README lists them all",
  );
}

/**
 * Reads a YAML config, applies `--set` overrides, fills in defaults and checks it against the schema and the plugins.
 *
 * @param path the YAML file; upstream's files load unchanged
 * @throws Problem with every mistake at once (exit code 2)
 */
export async function loadConfig(
  path: string,
  options: { readonly set?: readonly string[] } = {},
): Promise<LoadedConfig> {
  const tree = (options.set ?? []).reduce(applyOverride, await readTree(path));
  return await resolveConfig(tree, path);
}
