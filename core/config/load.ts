import { z } from "zod";
import { readYamlTree } from "../formats/yaml.ts";
import type { PluginKind } from "../plugin/contracts.ts";
import { loadPlugins, type Registry } from "../plugin/registry.ts";
import { configProblem, suggestName } from "../base/problem.ts";
import { withWeightOptions } from "../weights/weight_options.ts";
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

/** What is told when a config cannot be read. */
const HINTS = {
  missing: "Name a YAML file of configs/, or copy one of them",
  holds: "sections such as data, model, train",
};

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
  const own = registry.get(kind, name).params;
  const schema = kind === "models" ? withWeightOptions(own) : own;
  const result = schema.safeParse(params);
  return result.success ? [] : explainIssues(result.error, params, { schema, where: `${where}.params` });
}

/** Named sections of a config that may be wrong elsewhere, so that their mistakes are told along with the others. */
function namedSections(
  tree: unknown,
): Partial<Record<keyof Config, { name: string; params: Record<string, unknown> }>> {
  const section = z.looseObject({ name: z.string(), params: z.record(z.string(), z.unknown()).default({}) });
  const sections = NAMED_SECTIONS.map(([where]) => [where, section.optional().catch(undefined)] as const);
  return z.looseObject(Object.fromEntries(sections)).catch({}).parse(tree) as ReturnType<
    typeof namedSections
  >;
}

function checkPlugins(tree: unknown, registry: Registry): string[] {
  const sections = namedSections(tree);
  return NAMED_SECTIONS.flatMap(([where, kind]) => {
    const section = sections[where];
    return section ? checkPlugin(registry, kind, { where, ...section }) : [];
  });
}

function checkBareNames(config: Config, registry: Registry): string[] {
  const names = [
    ["data.layout", "layouts", config.data.layout],
    ["backend", "backends", config.backend],
    ["train.metric", "metrics", config.train.metric],
  ] as const;
  return names.flatMap(([where, kind, name]) => {
    const known = [...(kind === "metrics" ? [] : ["auto"]), ...registry.names(kind)];
    return known.includes(name)
      ? []
      : [`${where}: "${name}": not in plugins/${kind}; ${suggestName(name, known)}`];
  });
}

/** The plugin files that a config names, none when that key itself is wrong. */
function pluginFiles(tree: unknown): string[] {
  return z.looseObject({ plugins: z.array(z.string()).catch([]) }).catch({ plugins: [] }).parse(tree).plugins;
}

/**
 * Checks a config that is already a value. Throws one config problem that lists everything wrong in it: unknown keys
 * with the nearest known one, wrong values with what is allowed, unknown plugins, parameters a plugin refuses.
 *
 * @param path what to call it in messages
 */
export async function resolveConfig(tree: unknown, path: string): Promise<LoadedConfig> {
  const registry = await loadPlugins(pluginFiles(tree));
  const result = configSchema.safeParse(tree);
  const problems = result.success
    ? [...checkPlugins(result.data, registry), ...checkBareNames(result.data, registry)]
    : [...explainIssues(result.error, tree, { schema: configSchema }), ...checkPlugins(tree, registry)];
  if (result.success && problems.length === 0) return { path, config: result.data, registry };
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
  const tree = (options.set ?? []).reduce(applyOverride, await readYamlTree(path, HINTS));
  return await resolveConfig(tree, path);
}
