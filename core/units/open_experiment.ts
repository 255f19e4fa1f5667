import type { Output } from "../base/output.ts";
import { resolveConfig } from "../config/load.ts";
import { Experiment } from "../experiment/experiment.ts";
import { tellOfPlugins } from "../plugin/registry.ts";

/** The experiment of a unit's task. Throws a config problem where this machine's plugins do not know the config. */
export async function openExperiment(
  { path, config }: { readonly path: string; readonly config: Readonly<Record<string, unknown>> },
  output: Output,
): Promise<Experiment> {
  const loaded = await resolveConfig(config, path);
  tellOfPlugins(loaded.config.plugins, output);
  return new Experiment({ ...loaded, output });
}
