import { type Output, WarningsOnly } from "../base/output.ts";
import type { Config } from "../config/schema.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { configProblem } from "../base/problem.ts";
import type { Interrupt } from "../train/interrupt.ts";
import { trainModel } from "../train/train_model.ts";
import type { TrainExamples } from "../train/types.ts";
import type { Policy } from "./policy/policy.ts";
import type { Trainer } from "./search_run.ts";

/** What trainings of a search are made from. */
export interface PolicyTraining {
  readonly config: Config;
  readonly registry: Registry;
  readonly layout: Layout;
  readonly examples: TrainExamples;
  readonly output: Output;
  readonly interrupt?: Interrupt | undefined;
}

/** The config of a trial: the search's own with another policy and seed, keeping no checkpoint but the last. */
export function trialConfig(config: Config, trial: { policy: Policy; seed: number }): Config {
  const params = { ...config.transform.params, policies: trial.policy };
  return {
    ...config,
    seed: trial.seed,
    transform: { ...config.transform, params },
    checkpoint: { ...config.checkpoint, keep: 1 },
  };
}

/** Throws a config problem unless the transform takes `policies`. */
export function checkPolicyTransform(config: Config, registry: Registry): void {
  const { name, params } = config.transform;
  if (registry.get("transforms", name).params.safeParse({ ...params, policies: [] }).success) return;
  throw configProblem(
    `Cannot search policies with the transform "${name}": it takes no \`policies\``,
    "Set transform.name to policy_transform",
  );
}

/**
 * Trains the config's model under a policy, from the same initial weights for the same seed. The score of an epoch is
 * the macro F1 over the classes that occur in the validation split; absent ones would only scale it.
 */
export function makeTrainer(training: PolicyTraining): Trainer {
  const { config, registry, layout, examples, interrupt } = training;
  const warnings = new WarningsOnly(training.output);
  return async ({ policy, seed, epochs, folder, onEpoch }) => {
    const result = await trainModel({
      config: trialConfig(config, { policy, seed }),
      registry,
      layout,
      examples,
      output: warnings,
      dir: folder,
      stopAfter: epochs,
      onEpoch: (record) => onEpoch(record.epoch, record.val.macro_f1_occurring),
      ...(interrupt && { interrupt }),
    });
    const sum = (part: "train" | "val") =>
      result.history.reduce((total, record) => total + record.images[part], 0);
    return {
      epochs: result.history.map((record) => record.val.macro_f1_occurring),
      passes: { train: sum("train"), forward: sum("val") },
    };
  };
}
