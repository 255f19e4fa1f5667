import type { Experiment, NamedMetric } from "../experiment/experiment.ts";
import { WarningsOnly } from "../base/output.ts";
import { configProblem } from "../base/problem.ts";
import { type PluginChoice, readChoice } from "../config/plugin_choice.ts";
import type { Config } from "../config/schema.ts";
import type { Registry } from "../plugin/registry.ts";
import type { ConfiguredMetric } from "../experiment/check_metric.ts";
import { trainModel } from "../train/train_model.ts";
import type { TrainExamples } from "../train/types.ts";
import type { Policy } from "./policy/policy.ts";
import type { Trainer } from "./search_run.ts";

/** Options of {@link makeTrainer}. */
export interface PolicyTraining {
  readonly experiment: Experiment;
  readonly examples: TrainExamples;
  readonly signal?: AbortSignal | undefined;
  /** Called after each write of a training's resume file; the training waits for it. */
  readonly onSaved?: (() => Promise<void>) | undefined;
}

/** A metric as a config names it, with the key that does. */
interface MetricChoice {
  readonly choice: PluginChoice;
  readonly where: string;
}

function searchChoice({ registry, config: { train, search } }: Experiment): MetricChoice {
  const compared = search?.metric ?? null;
  if (compared !== null) return { choice: compared, where: "search.metric" };
  const { comparedBy } = registry.get("metrics", readChoice(train.metric).name);
  return { choice: comparedBy ?? train.metric, where: "train.metric" };
}

/**
 * The metric by which a search compares trainings: `search.metric`; or `train.metric`, or the metric that this one is
 * `comparedBy`.
 */
export async function searchMetric(experiment: Experiment): Promise<ConfiguredMetric> {
  const { choice, where } = searchChoice(experiment);
  return { metric: await experiment.metric(choice, where), where };
}

/** Display name of the search score. Higher is always better: a metric where lower is better is negated. */
export function scoreName({ title, better }: NamedMetric): string {
  return better === "higher" ? title : `negative ${title}`;
}

/** The config of a trial: the search's config with the trial's policy and seed, keeping only the last checkpoint. */
export function trialConfig(config: Config, trial: { policy: Policy; seed: number }): Config {
  const params = { ...config.transform.params, policies: trial.policy };
  return {
    ...config,
    seed: trial.seed,
    transform: { ...config.transform, params },
    checkpoint: { ...config.checkpoint, keep: 1 },
  };
}

/** Throws a config problem unless the transform has the parameter `policies`. */
export function checkPolicyTransform(config: Config, registry: Registry): void {
  const { name, params } = config.transform;
  if (registry.get("transforms", name).params.safeParse({ ...params, policies: [] }).success) return;
  throw configProblem(
    `Cannot search policies with the transform "${name}": it takes no \`policies\``,
    "Set transform.name to policy_transform",
  );
}

/** Loggers that keep to the folder of a training: hundreds of trials are nothing for a server. */
function durableLoggers({ config, registry }: Experiment): PluginChoice[] {
  return config.loggers.filter((choice) => registry.get("loggers", readChoice(choice).name).durable);
}

/**
 * Creates the function that trains the experiment's model with a policy; equal seeds give equal initial weights. The
 * score of an epoch is that of {@link searchMetric}, negated where lower is better.
 */
export function makeTrainer({ experiment, examples, signal, onSaved }: PolicyTraining): Trainer {
  const output = new WarningsOnly(experiment.output);
  return async ({ policy, seed, epochs, folder, onEpoch }) => {
    const { metric } = await searchMetric(experiment);
    const config = trialConfig(experiment.config, { policy, seed });
    const train = { ...config.train, metric: searchChoice(experiment).choice };
    const loggers = durableLoggers(experiment);
    const result = await trainModel({
      experiment: await experiment.with({ config: { ...config, train, loggers }, output }),
      examples,
      dir: folder,
      stopAfter: epochs,
      onEpoch,
      onSaved,
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
