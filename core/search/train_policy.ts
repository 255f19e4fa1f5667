import type { Experiment, NamedMetric } from "../experiment/experiment.ts";
import { WarningsOnly } from "../base/output.ts";
import { configProblem } from "../base/problem.ts";
import type { Config } from "../config/schema.ts";
import type { Registry } from "../plugin/registry.ts";
import { trainModel } from "../train/train_model.ts";
import type { TrainExamples } from "../train/types.ts";
import type { Policy } from "./policy/policy.ts";
import type { Trainer } from "./search_run.ts";

/** What trainings of a search are made from. */
export interface PolicyTraining {
  readonly experiment: Experiment;
  readonly examples: TrainExamples;
  readonly signal?: AbortSignal | undefined;
}

/** Name of the metric that a search compares trainings by. */
function searchMetricName({ registry, config }: Experiment): string {
  const { metric } = config.train;
  return registry.get("metrics", metric).comparedBy ?? metric;
}

/** The metric that a search compares trainings by: `train.metric`, or the one that it names for comparisons. */
export async function searchMetric(experiment: Experiment): Promise<NamedMetric> {
  return await experiment.metric(searchMetricName(experiment));
}

/** What a search calls its scores, of which the higher is always the better: a loss is turned round. */
export function scoreName({ title, better }: NamedMetric): string {
  return better === "higher" ? title : `negative ${title}`;
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
 * Trains the experiment's network under a policy, from the same initial weights for the same seed. The score of an epoch
 * is that of {@link searchMetric}, turned round where lower is better.
 */
export function makeTrainer({ experiment, examples, signal }: PolicyTraining): Trainer {
  const output = new WarningsOnly(experiment.output);
  return async ({ policy, seed, epochs, folder, onEpoch }) => {
    const metric = await searchMetric(experiment);
    const config = trialConfig(experiment.config, { policy, seed });
    const train = { ...config.train, metric: metric.name };
    const result = await trainModel({
      experiment: await experiment.with({ config: { ...config, train }, output }),
      examples,
      dir: folder,
      stopAfter: epochs,
      onEpoch,
      ...(signal && { signal }),
    });
    const sign = metric.better === "higher" ? 1 : -1;
    const sum = (part: "train" | "val") =>
      result.history.reduce((total, record) => total + record.images[part], 0);
    return {
      epochs: result.history.map((record) => sign * (record.val[metric.name] as number)),
      passes: { train: sum("train"), forward: sum("val") },
    };
  };
}
