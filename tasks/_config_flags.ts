import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { configProblem } from "../core/base/problem.ts";
import { type Experiment, loadExperiment } from "../mod.ts";

/** Flags of all tasks that take configs. */
export const configFlags = {
  config: z.array(z.string()).default([]).describe("Config file, as a positional argument; repeatable"),
  set: z.array(z.string()).default([]).describe(
    "Override a key of the config: train.num_epochs=2; repeatable",
  ),
  backend: z.string().optional().describe("Short for --set backend=..."),
};

/** Values of those flags and the positional arguments. */
export interface NamedConfigs {
  readonly flags: {
    readonly config: readonly string[];
    readonly set: readonly string[];
    readonly backend?: string | undefined;
  };
  readonly positionals: readonly string[];
  readonly output: Output;
}

/**
 * Loads the experiments of all configs on the command line, in order, before any work begins.
 *
 * @param verb what the task does, for the message when no config is given
 */
export async function namedExperiments(
  verb: string,
  { flags, positionals, output }: NamedConfigs,
): Promise<Experiment[]> {
  const paths = [...flags.config, ...positionals];
  if (paths.length === 0) {
    throw configProblem(`Cannot ${verb}: no config is named`, "Name a YAML file of configs/");
  }
  const set = [...flags.set, ...(flags.backend === undefined ? [] : [`backend=${flags.backend}`])];
  const experiments = [];
  for (const path of paths) experiments.push(await loadExperiment(path, { set, output }));
  return experiments;
}

/** Loads the experiment of the single config on the command line. */
export async function namedExperiment(verb: string, named: NamedConfigs): Promise<Experiment> {
  const experiments = await namedExperiments(verb, named);
  if (experiments.length === 1) return experiments[0]!;
  throw configProblem(`Cannot ${verb} with ${experiments.length} configs at once`, "Name one");
}
