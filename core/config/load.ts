import { z } from "zod";
import { readYamlTree } from "../formats/yaml.ts";
import type { PluginKind } from "../plugin/contracts.ts";
import { loadPlugins, type Registry } from "../plugin/registry.ts";
import { configProblem, suggestName } from "../base/problem.ts";
import { explainLayoutParams } from "../layout/open_layout.ts";
import { withWeightOptions } from "../weights/weight_options.ts";
import { explainIssues } from "../plugin/explain.ts";
import { applyOverride } from "./override.ts";
import { type PluginChoice, readChoice } from "./plugin_choice.ts";
import { type Config, configSchema } from "./schema.ts";
import { CONFIG_HINTS } from "./train_dir.ts";

/** A validated config with the plugin registry it was checked against. */
export interface LoadedConfig {
  readonly path: string;
  readonly config: Config;
  readonly registry: Registry;
}

/** Config sections that name a plugin, with the plugin's kind. */
const NAMED_SECTIONS: readonly (readonly [section: keyof Config, kind: PluginKind])[] = [
  ["data", "datasets"],
  ["model", "models"],
  ["optimizer", "optimizers"],
  ["scheduler", "schedulers"],
  ["transform", "transforms"],
  ["loss", "losses"],
];

function unknownName(
  name: string,
  { where, kind, known }: { readonly where: string; readonly kind: PluginKind; readonly known: string[] },
): string {
  return `${where}: "${name}": not in plugins/${kind}; ${suggestName(name, known)}`;
}

/** Validates one `{ name, params }` section; returns messages about an unknown name or invalid parameters. */
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
    return [unknownName(name, { where: `${where}.name`, kind, known: registry.names(kind) })];
  }
  const own = registry.get(kind, name).params;
  const schema = kind === "models" ? withWeightOptions(own) : own;
  const result = schema.safeParse(params);
  return result.success ? [] : explainIssues(result.error, params, { schema, where: `${where}.params` });
}

/** The plugin sections of a config that may be invalid elsewhere, so that all errors can be reported together. */
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
  ] as const;
  return names.flatMap(([where, kind, name]) => {
    const known = ["auto", ...registry.names(kind)];
    return known.includes(name) ? [] : [unknownName(name, { where, kind, known })];
  });
}

/** Unknown decoders under `data.decoders`, and invalid parameters of known ones. */
function checkDecoders({ data: { decoders } }: Config, registry: Registry): string[] {
  return Object.entries(decoders).flatMap(([name, params]) => {
    const where = `data.decoders.${name}`;
    if (!registry.has("decoders", name)) {
      return [`${where}: not in plugins/decoders; ${suggestName(name, registry.names("decoders"))}`];
    }
    const { params: schema } = registry.get("decoders", name);
    const result = schema.safeParse(params);
    return result.success ? [] : explainIssues(result.error, params, { schema, where });
  });
}

/** Messages about a plugin that is named alone or with parameters. */
function checkChoice(
  registry: Registry,
  kind: PluginKind,
  { where, choice }: { readonly where: string; readonly choice: PluginChoice },
): string[] {
  const { name, params } = readChoice(choice);
  const known = registry.names(kind);
  return typeof choice === "string" && !known.includes(name)
    ? [unknownName(name, { where, kind, known })]
    : checkPlugin(registry, kind, { where, name, params });
}

function checkMetrics({ train, search }: Config, registry: Registry): string[] {
  const compared = search?.metric ?? null;
  return [
    ...checkChoice(registry, "metrics", { where: "train.metric", choice: train.metric }),
    ...(compared === null
      ? []
      : checkChoice(registry, "metrics", { where: "search.metric", choice: compared })),
  ];
}

/** Unknown loggers, their invalid parameters, and loggers that are named twice. */
function checkLoggers({ loggers }: Config, registry: Registry): string[] {
  const names = loggers.map((choice) => readChoice(choice).name);
  return loggers.flatMap((choice, index) => {
    const where = `loggers.${index}`, name = names[index]!;
    const twice = names.indexOf(name) === index ? [] : [`${where}: "${name}": named twice; name it once`];
    return [...checkChoice(registry, "loggers", { where, choice }), ...twice];
  });
}

/** Messages about invalid layout parameters, also of a config that is invalid elsewhere. */
async function checkLayoutParams(tree: unknown, registry: Registry): Promise<string[]> {
  const { shape } = configSchema.shape.data.unwrap();
  const data = z.looseObject({
    dir: shape.dir,
    layout: shape.layout,
    layout_params: shape.layout_params,
  });
  const parsed = z.looseObject({ data }).safeParse(tree);
  if (!parsed.success || Object.keys(parsed.data.data.layout_params).length === 0) return [];
  const { dir, layout: name, layout_params: params } = parsed.data.data;
  return await explainLayoutParams(registry, dir, { name, params, where: "data.layout_params" });
}

/** The plugin files that a config lists; empty when that key is invalid. */
function pluginFiles(tree: unknown): string[] {
  return z.looseObject({ plugins: z.array(z.string()).catch([]) }).catch({ plugins: [] }).parse(tree).plugins;
}

/**
 * Validates a parsed config. Throws one config problem that lists all errors: unknown keys with the nearest known key,
 * invalid values with the allowed ones, unknown plugins, invalid plugin parameters.
 *
 * @param path the config's name in error messages
 */
export async function resolveConfig(tree: unknown, path: string): Promise<LoadedConfig> {
  const registry = await loadPlugins(pluginFiles(tree));
  const result = configSchema.safeParse(tree);
  const problems = result.success
    ? [checkPlugins, checkBareNames, checkMetrics, checkLoggers, checkDecoders].flatMap((check) =>
      check(result.data, registry)
    )
    : [...explainIssues(result.error, tree, { schema: configSchema }), ...checkPlugins(tree, registry)];
  problems.push(...await checkLayoutParams(tree, registry));
  if (result.success && problems.length === 0) return { path, config: result.data, registry };
  const list = problems.sort().map((problem) => `  ${problem}`).join("\n");
  throw configProblem(
    `Cannot use the config "${path}":\n${list}`,
    "Correct the keys above; the README lists them all",
  );
}

/**
 * Reads a YAML config, applies `--set` overrides, fills in defaults and validates it against the schema and the
 * plugins.
 *
 * @param path the YAML file; upstream's files load unchanged
 * @throws Problem that lists all errors at once (exit code 2)
 */
export async function loadConfig(
  path: string,
  options: { readonly set?: readonly string[] } = {},
): Promise<LoadedConfig> {
  const tree = (options.set ?? []).reduce(applyOverride, await readYamlTree(path, CONFIG_HINTS));
  return await resolveConfig(tree, path);
}
