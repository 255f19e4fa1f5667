import { checkWritable } from "../base/check_writable.ts";
import type { Example, Split } from "../base/example.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { sha256, sha256OfFile } from "../base/sha256.ts";
import { VERSION } from "../base/version.ts";
import { targetRows } from "../data/target_rows.ts";
import { areExclusive } from "../ensemble/table.ts";
import type { Experiment, NamedMetric } from "../experiment/experiment.ts";
import type { Layout, TargetKind } from "../plugin/contracts.ts";
import { fillUnread } from "../predict/fill_unread.ts";
import { predictionPath } from "../predict/prediction_path.ts";
import { type Predictions, writePredictions } from "../predictions/predictions.ts";
import type { Provenance } from "../predictions/provenance.ts";
import { decisiveConfig } from "../run_folder/config_changes.ts";
import { groupIds } from "../split/row_groups.ts";
import { fitProbe, INNER_FOLDS, innerFolds, type Probe, type TrainingRows } from "./fit_probe.ts";
import { type HeadKind, headKind, type HeadName, type Meaning } from "./heads.ts";
import { foldPart, foldsOf, type ProbeFold } from "./probe_folds.ts";
import { type JoinedFeatures, joinFeatures } from "./probe_features.ts";

/** Options of {@link linearProbe}. */
export interface LinearProbeRequest {
  /** Feature files, of all configs; those that extract writes by default when left out. */
  readonly features?: readonly string[];
  /** Ridge when left out. */
  readonly head?: HeadName;
  /** Strength of the penalty; chosen on inner folds when left out. */
  readonly strength?: number | undefined;
}

/** A head of one fold, with what it predicted. */
export interface ProbedFold {
  readonly fold: number;
  /** Number of images trained on, and of those held out. */
  readonly train: number;
  readonly val: number;
  readonly strength: number;
  /** Score of the held-out images; null where the metric gives no number. */
  readonly score: number | null;
  /** Prediction files by split. */
  readonly paths: Readonly<Partial<Record<Split, string>>>;
}

/** Result of {@link linearProbe}. */
export interface LinearProbes {
  /** Title of `train.metric`. */
  readonly metric: string;
  readonly folds: readonly ProbedFold[];
  /** Score of all held-out images together. */
  readonly score: number | null;
}

/** What the heads of a config are fitted with. */
interface Probing {
  readonly experiment: Experiment;
  readonly layout: Layout;
  readonly features: JoinedFeatures;
  readonly metric: NamedMetric;
  readonly kind: HeadKind;
  readonly strength: number | null;
}

/** What predictions of a target are; those of probabilities are of exclusive classes where the targets' rows sum to 1. */
function meaningOf(target: TargetKind, labels: readonly Example[]): Meaning {
  if (target === "value") return "values";
  const sumsToOne = ({ labels }: Example) =>
    Math.abs(labels!.reduce((sum, share) => sum + share, 0) - 1) < 1e-3;
  if (target === "probabilities") return labels.every(sumsToOne) ? "classes" : "labels";
  return areExclusive(target) ? "classes" : "labels";
}

function checkHead(head: HeadName, target: TargetKind): void {
  const refused = head === "ridge" ? "probabilities" : "value";
  if (target !== refused) return;
  throw configProblem(
    `Cannot fit a ${head} head: the target is ${target}`,
    `Use --head=${head === "ridge" ? "logistic" : "ridge"}`,
  );
}

/** The rows of examples in the feature table. */
function rowsOf(examples: readonly Example[], { rowOf }: JoinedFeatures): number[] {
  return examples.map(({ id }) => rowOf.get(id)!);
}

async function trainingRows(
  { experiment, layout, features }: Pick<Probing, "experiment" | "layout" | "features">,
  examples: readonly Example[],
): Promise<TrainingRows> {
  const { classes: { length: classes }, target } = layout;
  const values = Float64Array.from(targetRows(examples, { classes, target })!);
  const { groups, count } = await groupIds(layout, examples.map(({ id }) => id));
  if (count < INNER_FOLDS) {
    throw dataProblem(
      `Cannot fit heads to ${count} groups of images: ${INNER_FOLDS} inner folds are held out in turn`,
      `Extract the features of all images of train: deno task extract ${experiment.path}`,
    );
  }
  const targets = { rows: examples.length, columns: classes, values };
  return { rows: rowsOf(examples, features), targets, parts: innerFolds(groups, experiment.config.seed) };
}

/** What a head predicts of images of a split. */
function predictionsOf(
  probe: Probe,
  examples: readonly Example[],
  { layout, features }: Probing,
): Predictions {
  const { classes: { length: classes }, target } = layout, ids = examples.map(({ id }) => id);
  const probabilities = probe.predict(rowsOf(examples, features));
  const labels = examples.length > 0 ? targetRows(examples, { classes, target }) : null;
  return { path: "", ids, classes, labels, probabilities };
}

function scoreOf(metric: NamedMetric, { ids, labels, probabilities }: Predictions): number | null {
  const targets = Float32Array.from(labels!);
  const score = metric.score({ rows: ids.length, predictions: probabilities, targets });
  return Number.isFinite(score) ? score : null;
}

/** What a prediction file is made of; its model is the feature file, since no checkpoint alone repeats it. */
async function provenanceOf(
  { experiment: { config }, features, kind }: Probing,
  { fold, split, strength }: { readonly fold: ProbeFold; readonly split: Split; readonly strength: number },
): Promise<Provenance & { readonly head: object }> {
  const { paths, origin: { views, weights, teachers } } = features;
  const sums = await Promise.all(paths.map(sha256OfFile));
  const files = paths.map((path, i) => ({ path, sha256: sums[i] }));
  return {
    config: sha256(JSON.stringify(decisiveConfig(config))),
    checkpoint: paths[0]!,
    split,
    views,
    podium: VERSION,
    split_file: fold.split,
    head: { name: kind.name, strength, weights, features: files },
    ...(teachers === undefined ? {} : { teachers }),
  };
}

/** Test predictions, of all test images; null where no test image has features. */
async function predictTest(probe: Probe, probing: Probing): Promise<Predictions | null> {
  const { layout, features, experiment: { output } } = probing, testIds = await layout.testIds();
  const files = testIds.filter((id) => features.rowOf.has(id))
    .map((id) => ({ id, source: "test" as const, files: [], labels: null }));
  if (files.length === 0) return null;
  const predicted = predictionsOf(probe, files, probing);
  return { ...predicted, ...fillUnread(predicted, testIds, output) };
}

async function writeFold(
  probing: Probing,
  { fold, strength }: { readonly fold: ProbeFold; readonly strength: number },
  predicted: Readonly<Partial<Record<Split, Predictions | null>>>,
): Promise<Partial<Record<Split, string>>> {
  const { experiment: { config }, kind } = probing, paths: Partial<Record<Split, string>> = {};
  for (const [key, predictions] of Object.entries(predicted)) {
    if (predictions === null || predictions.ids.length === 0) continue;
    const split = key as Split,
      path = predictionPath(config.train.dir, split)
        .replace(/\w+\.csv$/, `${kind.name}.${fold.number}.${split}.csv`);
    await writePredictions(path, predictions, {
      provenance: await provenanceOf(probing, { fold, split, strength }),
    });
    paths[split] = path;
  }
  return paths;
}

/** Fits the head of a fold and writes what it predicts. */
async function probeFold(
  probing: Probing,
  fold: ProbeFold,
): Promise<{ fold: ProbedFold; held: Predictions }> {
  const { experiment, features, metric } = probing;
  const [train, val, unseen] = await Promise.all(
    (["train", "val", "test_val"] as const).map((part) => foldPart(experiment, { fold, part, features })),
  );
  for (const [part, { examples, missing }] of [["train", train!], ["val", val!]] as const) {
    if (missing > 0) {
      experiment.output.warn(`fold ${fold.number}: ${missing} images of ${part} have no features`);
    }
    if (examples.length > 0) continue;
    throw dataProblem(
      `Cannot fit the head of "${fold.split.path}": no image of ${part} has features in ${
        features.paths.join(", ")
      }`,
      `Run "deno task extract ${experiment.path}"`,
    );
  }
  const probe = fitProbe(features, await trainingRows(probing, train!.examples), probing);
  const held = predictionsOf(probe, val!.examples, probing), { strength } = probe;
  const paths = await writeFold(probing, { fold, strength }, {
    val: held,
    test_val: predictionsOf(probe, unseen!.examples, probing),
    test: await predictTest(probe, probing),
  });
  const score = scoreOf(metric, held), counts = { train: train!.examples.length, val: held.ids.length };
  return { fold: { fold: fold.number, ...counts, strength, score, paths }, held };
}

/** One table of all held-out images. */
function joinHeld(held: readonly Predictions[]): Predictions {
  const [first] = held as [Predictions], ids = held.flatMap((one) => one.ids);
  const probabilities = new Float64Array(ids.length * first.classes),
    labels = new Float32Array(probabilities.length);
  let at = 0;
  for (const one of held) {
    probabilities.set(one.probabilities, at);
    labels.set(one.labels!, at);
    at += one.probabilities.length;
  }
  return { ...first, ids, labels, probabilities };
}

/** Opens what the heads of a config need. */
async function openProbing(experiment: Experiment, request: LinearProbeRequest): Promise<Probing> {
  const { head = "ridge", features: named = [], strength = null } = request;
  const layout = await experiment.layout(), { classes, target } = layout;
  checkHead(head, target);
  const labels = target === "probabilities" ? await experiment.examples("train") : [];
  const kind = headKind(head, { meaning: meaningOf(target, labels), classes: classes.length });
  const metric = await experiment.metric();
  return { experiment, layout, metric, kind, strength, features: await joinFeatures(experiment, named) };
}

/**
 * Fits linear heads on extracted features, one for each fold, and writes their predictions of val, test_val and test as
 * those of a network: each labelled image is predicted by a head that did not see it. One config whose network was trained
 * on none of this data stands for all folds of its split; several configs stand for a fold each, and so does one whose
 * network was trained on its fold.
 *
 * @throws Problem (config) on a head that does not fit the target, Problem (data) on missing or mixed feature files and
 * on features of a network that has seen, or may have seen, held-out images
 */
export async function linearProbe(
  experiments: readonly Experiment[],
  request: LinearProbeRequest = {},
): Promise<LinearProbes> {
  await checkWritable("inferences", "the predictions");
  const folds: ProbedFold[] = [], held: Predictions[] = [];
  let metric: NamedMetric | undefined;
  for (const experiment of experiments) {
    const probing = await openProbing(experiment, request);
    metric = probing.metric;
    for (const fold of await foldsOf(experiment, { ...probing, isAlone: experiments.length === 1 })) {
      const probed = await probeFold(probing, fold);
      folds.push(probed.fold);
      held.push(probed.held);
    }
  }
  if (metric === undefined) throw configProblem("Cannot fit heads: no config is named");
  return { metric: metric.title, folds, score: scoreOf(metric, joinHeld(held)) };
}
