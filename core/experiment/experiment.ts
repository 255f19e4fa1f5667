import type { Backend, Dataset, Layout } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { configProblem } from "../base/problem.ts";
import { openLayout } from "../layout/open_layout.ts";
import type { Config } from "../config/schema.ts";

/** The parts of an experiment that know the data. */
export interface Experiment {
  readonly layout: Layout;
  readonly dataset: Dataset;
}

/** Opens the layout and the dataset that a config names. */
export async function openExperiment(config: Config, registry: Registry): Promise<Experiment> {
  const { data } = config;
  const layout = await openLayout(registry, data.dir, { name: data.layout, params: data.layout_params });
  const dataset = registry.get("datasets", data.name).create(data.params, { layout });
  return { layout, dataset };
}

/**
 * Starts a backend: the named one, or with `auto` the first by rank that is available here.
 *
 * @returns the line to tell the user
 * @throws Problem when the named backend is not available, with its reason
 */
export async function startBackend(
  registry: Registry,
  name: string,
  options: { readonly threads: number },
): Promise<string> {
  const make = (plugin: string): Backend =>
    registry.get("backends", plugin).create({}, { ...options, automatic: name === "auto" });
  if (name !== "auto") {
    const backend = make(name);
    const reason = await backend.unavailable();
    if (reason !== null) throw configProblem(`Cannot start the backend "${name}": ${reason}`);
    return await backend.start();
  }
  const ranked = registry.list("backends").filter((plugin) => plugin.rank !== null);
  for (const plugin of ranked.sort((a, b) => a.rank! - b.rank!)) {
    const backend = make(plugin.name);
    if (await backend.unavailable() === null) return await backend.start();
  }
  throw configProblem("Cannot start any backend", "Run `deno install` in the project folder");
}
