import { z } from "zod";
import { explainIssues } from "../../plugin/explain.ts";
import { configProblem } from "../../base/problem.ts";
import { checkTarget } from "../../experiment/check_target.ts";
import type { Layout, Metric, MetricContext, ScoredPredictions } from "../../plugin/contracts.ts";
import type { Plugin } from "../../plugin/define.ts";
import type { Registry } from "../../plugin/registry.ts";
import { isExclusive } from "../merge_images.ts";

/** A metric by name, with its parameters. */
export interface MetricChoice {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The metric that a submission is made for. */
export interface SubmissionMetric {
  readonly name: string;
  readonly title: string;
  readonly better: "higher" | "lower";
  /** What may be chosen on labelled images to raise the score. */
  readonly tunes: "thresholds" | "cut_points" | null;
  score(scored: ScoredPredictions): number;
  /** The score such that more is better; minus infinity where there is none (an AUC without positives). */
  merit(scored: ScoredPredictions): number;
}

function createMetric(plugin: Plugin<"metrics">, params: unknown, context: MetricContext): Metric {
  try {
    return plugin.create(params, context);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const lines = explainIssues(error, params, { schema: plugin.params, where: "metric.params" });
    throw configProblem(
      `Cannot use the metric ${plugin.name}:\n${lines.map((line) => `  ${line}`).join("\n")}`,
      '"deno task plugins metrics" lists the parameters of each metric',
    );
  }
}

/** Opens a metric for a layout. Throws a config problem on an unknown name, parameters or target. */
export function openMetric(
  registry: Registry,
  { name, params }: MetricChoice,
  { classes, target }: Layout,
): SubmissionMetric {
  checkTarget(registry, { kind: "metrics", name, target, where: "metric" });
  const plugin = registry.get("metrics", name);
  const { better, tunes = null } = plugin;
  const context = { classes: classes.length, target, exclusive: isExclusive(target) };
  const metric = createMetric(plugin, params, context), { title = plugin.title } = metric;
  const score = (scored: ScoredPredictions) => metric.score(scored);
  const merit = (scored: ScoredPredictions) => {
    const value = score(scored);
    return Number.isFinite(value) ? (better === "higher" ? value : -value) : -Infinity;
  };
  return { name, title, better, tunes, score, merit };
}

/**
 * Two images of each class, whose true classes get `shares` of the probability; but the first image is taken for another
 * class, by a lead over the images right of it that depends on its share.
 */
function probe(classes: number, shares: readonly [number, number]): ScoredPredictions {
  if (classes === 1) {
    // Both predictions have the same answers at one half; the second ranks a positive image above a negative one.
    const predictions = Float64Array.of(0.9, shares[0] - 0.5, 0.1, 0.3);
    return { rows: 4, targets: Float32Array.of(1, 1, 0, 0), predictions };
  }
  const rows = 2 * classes;
  const targets = new Float32Array(rows * classes), predictions = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const label = row % classes, share = shares[row < classes ? 0 : 1]!;
    predictions.fill((1 - share) / (classes - 1), row * classes, (row + 1) * classes);
    predictions[row * classes + label] = share;
    targets[row * classes + label] = 1;
  }
  predictions.set([...predictions.subarray(0, classes)].reverse(), 0);
  return { rows, targets, predictions };
}

/**
 * Whether a metric scores probabilities rather than the answers made of them: two predictions with the same answers and
 * other probabilities get different scores.
 */
export function scoresProbabilities(
  metric: Pick<SubmissionMetric, "score" | "tunes">,
  classes: number,
): boolean {
  return metric.tunes === null &&
    metric.score(probe(classes, [0.9, 0.8])) !== metric.score(probe(classes, [0.7, 0.8]));
}

/** The metrics whose thresholds the rules of `core/submit/thresholds` but `metric` choose. */
export function isMacroF1({ name }: Pick<SubmissionMetric, "name">): boolean {
  return name === "macro_f1" || name === "macro_f1_occurring";
}

/** The metric for a target where the config names none; that of the shape where it is one of probabilities or ranks. */
export function defaultMetric(
  registry: Registry,
  { target }: Layout,
  shape: { readonly name: string; readonly ranked: number },
): MetricChoice {
  const plain = (name: string): MetricChoice => ({ name, params: {} });
  if (target === "value") return plain("rmse");
  if (target === "probabilities" || shape.name === "score" || shape.name === "columns") {
    return plain("log_loss");
  }
  if (shape.name === "ranked" && registry.has("metrics", "map_at_k")) {
    return { name: "map_at_k", params: { k: shape.ranked } };
  }
  if (target === "class_set") return plain("macro_f1");
  const kappa = "quadratic_weighted_kappa";
  return plain(target === "grade" && registry.has("metrics", kappa) ? kappa : "accuracy");
}
