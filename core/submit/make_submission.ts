import { checkWritableFile } from "../base/check_writable.ts";
import { writeFileAtomic } from "../base/files.ts";
import { openLayout } from "../layout/open_layout.ts";
import type { Layout } from "../plugin/contracts.ts";
import { loadPlugins, type Registry } from "../plugin/registry.ts";
import type { Predictions } from "../predictions/predictions.ts";
import { answerAll, checkTestIds } from "./answers.ts";
import { averagePredictions } from "./average_predictions.ts";
import { chooseDecision, type Decision } from "./decide/decision.ts";
import {
  defaultMetric,
  isMacroF1,
  openMetric,
  scoresProbabilities,
  type SubmissionMetric,
} from "./decide/metric.ts";
import { type EnsembleJudge, MACRO_F1_JUDGE, metricJudge } from "./ensemble_judge.ts";
import { type GreedyWeights, greedyWeights } from "./greedy_weights.ts";
import { readKnownTargets } from "./known_labels.ts";
import { type Members, type OutOfFoldReport, readMembers } from "./members.ts";
import { mergeBySubmissionId } from "./merge_images.ts";
import { type NestedReport, nestModels } from "./nested/nest_models.ts";
import { readSample, type Sample } from "./sample.ts";
import { chooseShape, type ChosenShape } from "./shapes/choose_shape.ts";
import { rankedLength } from "./shapes/ranked.ts";
import type { ShapeFacts, ShapeName } from "./shapes/shape.ts";
import type { SubmissionConfig } from "./submission_config.ts";
import { writeSubmissions } from "./write_submission.ts";

/** Statistics on known (leaked) test labels. */
export interface LeakReport {
  /** Number of answers that are known. */
  readonly known: number;
  /** Ids whose predicted answer is not the known one. */
  readonly changed: readonly string[];
  /** Ids with conflicting known labels; the last one is used. */
  readonly conflicting: readonly string[];
}

/** Result of {@link makeSubmission}: inputs, decisions and scores on the labelled images. */
export interface SubmissionReport extends Omit<Decision, "decide"> {
  /** Shape of the answers, and why it is this one. */
  readonly shape: { readonly name: ShapeName; readonly reason: string };
  /** Greedy ensemble weights, with `weights: greedy`. */
  readonly greedy: GreedyWeights | null;
  /** What the labelled predictions are, where models are joined out of fold, else null. */
  readonly outOfFold: OutOfFoldReport | null;
  /** Scores that were chosen and fitted with the scored fold left out, where a rule joined the models, else null. */
  readonly nested: NestedReport | null;
  readonly leaks: LeakReport;
  /** Paths of the submission and, where leak files are configured, of the one with known labels. */
  readonly paths: readonly string[];
}

async function openLayoutOf({ data, plugins }: SubmissionConfig): Promise<[Registry, Layout]> {
  const registry = await loadPlugins(plugins, ["layouts", "metrics"]);
  return [registry, await openLayout(registry, data.dir, { name: data.layout, params: data.layout_params })];
}

/** Shape and metric; each may decide the other where the config leaves it open. */
function chooseWhat(
  config: SubmissionConfig,
  sample: Sample,
  { registry, layout }: { readonly registry: Registry; readonly layout: Layout },
): { readonly chosen: ChosenShape; readonly metric: SubmissionMetric } {
  const choice = typeof config.metric === "string" ? { name: config.metric, params: {} } : config.metric;
  const named = choice && openMetric(registry, choice, layout);
  const { classes, target, submission } = layout, { columns, cells } = sample;
  const facts: ShapeFacts = { classes, target, submission, columns, cells, settings: config };
  const probabilities = named !== null && target !== "value" && scoresProbabilities(named, classes.length);
  const probabilityMetric = probabilities ? named.title : null;
  const chosen = chooseShape(facts, { wanted: config.shape, sample: sample.path, probabilityMetric });
  const shape = { name: chosen.shape.name, ranked: rankedLength(facts) };
  return { chosen, metric: named ?? openMetric(registry, defaultMetric(registry, layout, shape), layout) };
}

/** Joined predictions of labelled and of test images, and how they were joined. */
interface Ensemble extends Pick<Members, "outOfFold"> {
  readonly validation: Predictions;
  readonly test: Predictions;
  readonly greedy: GreedyWeights | null;
  readonly nested: NestedReport | null;
}

/** What decides how models are joined. */
interface Joining {
  readonly config: SubmissionConfig;
  readonly layout: Layout;
  readonly metric: SubmissionMetric;
  readonly shape: ShapeName;
}

/** Whether the config gives weights of its own, which `auto` then takes. */
function hasWeights({ ensemble, weights, models }: SubmissionConfig): boolean {
  return ensemble === "weights" || weights === "greedy" ||
    ensemble === "auto" && models.some(({ weight }) => weight !== 1);
}

/** Joins the models by a rule that is scored with each fold left out, or by weights. */
async function readEnsemble({ config, layout, metric, shape }: Joining): Promise<Ensemble> {
  const { validation, test, weights: given, outOfFold, table } = await readMembers(config, layout);
  const { seed } = config.threshold;
  if (table !== null && !hasWeights(config)) {
    const names = config.models.map(({ name }) => name);
    const request = { table, names, target: layout.target, metric, shape, rule: config.ensemble, seed };
    const { report, ...joined } = nestModels(request);
    return { ...joined, greedy: null, outOfFold, nested: report };
  }
  const judge = judgeOf(metric, layout, shape);
  const greedy = config.weights === "greedy" ? greedyWeights(validation, { seed, judge }) : null;
  const weights = greedy?.weights ?? given;
  return {
    validation: averagePredictions(validation, weights),
    test: averagePredictions(test, weights),
    greedy,
    outOfFold,
    nested: null,
  };
}

/** What the weights of an ensemble are searched by. */
function judgeOf(metric: SubmissionMetric, layout: Layout, shape: ShapeName): EnsembleJudge {
  const thresholds = layout.target === "class_set" && shape === "labels";
  if (thresholds && isMacroF1(metric)) return MACRO_F1_JUDGE;
  return metricJudge(metric, { thresholds: thresholds && metric.tunes === "thresholds" });
}

/** Writes beside the submission what is known of it, for programs that submit it. */
async function writeSummary(
  output: string,
  { validation, shape, paths, nested }: Pick<SubmissionReport, "validation" | "shape" | "paths" | "nested">,
): Promise<void> {
  const { metric, score } = validation, chosen = nested?.chosen;
  const scored = { metric, score: chosen?.score ?? score, interval: chosen?.interval ?? null };
  const summary = { validation: scored, shape: shape.name, files: paths, ...(nested && { nested }) };
  await writeFileAtomic(`${output}.json`, JSON.stringify(summary, null, 1) + "\n");
}

/**
 * Joins predictions by Id, of models out of fold where the config names their folds, chooses thresholds on the labelled
 * ones where the metric needs some, answers for the test images in the shape of the sample submission, and writes the
 * submission; where leak files are configured a second one with the known labels filled in; and `<output>.json` with the
 * validation score.
 *
 * Throws data problems that name file and Id: missing or repeated Ids, labels that disagree, a sample submission that the
 * layout's classes do not fit; nothing is written that differs from the sample in header, Ids, order or number of rows.
 */
export async function makeSubmission(config: SubmissionConfig): Promise<SubmissionReport> {
  await checkWritableFile(config.output, "the submission");
  const [registry, layout] = await openLayoutOf(config);
  const sample = await readSample(layout);
  const { chosen: { shape, reason }, metric } = chooseWhat(config, sample, { registry, layout });

  const ensemble = await readEnsemble({ config, layout, metric, shape: shape.name });
  const testIds = await layout.testIds();
  checkTestIds(ensemble.test, testIds);
  const { validation, test } = await mergeBySubmissionId(ensemble, layout, config.merge);
  const known = await readKnownTargets(config.leaks, { layout, testIds });

  const { decide, ...decision } = chooseDecision({
    config,
    layout,
    metric,
    shape,
    validation,
    test,
  });
  const answers = answerAll(test, sample, { shape, known: known.targets, decide });
  const paths = await writeSubmissions(config.output, answers, {
    sample,
    shape,
    leaks: config.leaks.length > 0,
  });
  const report = {
    ...decision,
    shape: { name: shape.name, reason },
    greedy: ensemble.greedy,
    outOfFold: ensemble.outOfFold,
    nested: ensemble.nested,
    leaks: { known: known.targets.size, changed: answers.changed, conflicting: known.conflicting },
    paths,
  };
  await writeSummary(config.output, report);
  return report;
}
