import { join } from "@std/path";
import type { Output } from "../../core/base/output.ts";
import { writeFileAtomic } from "../../core/base/files.ts";
import { makeDemoData, type Planted } from "../../core/demo/make_demo_data.ts";
import { findDuplicates } from "../../core/duplicates/find_duplicates.ts";
import { type Experiment, loadExperiment } from "../../core/experiment/experiment.ts";
import { DATA_DEFAULTS } from "../../core/layout/data_settings.ts";
import { infer } from "../../core/predict/infer.ts";
import { type Predictions, readPredictions, writePredictions } from "../../core/predictions/predictions.ts";
import { selectRows } from "../../core/predictions/rows.ts";
import { readProvenance } from "../../core/predictions/provenance.ts";
import { pseudoLabel } from "../../core/pseudo_label/pseudo_label.ts";
import { epochCheckpoints, runFolder } from "../../core/run_folder/run_folder.ts";
import { splitFolds } from "../../core/split/split_folds.ts";
import { train } from "../../core/train/train.ts";
import type { BenchOptions } from "./options.ts";

const DIR = join("results", "bench", "soft_targets");
const CLASSES = 28, SIDE = 48, SEEDS = [0, 1, 2], TEACHERS = 3;
/** Labelled pictures, as many as 20 % of these and the unlabelled ones; and pictures that are predicted alone. */
const LABELLED = 150, UNLABELLED = 600, UNSEEN = 300;
/** Share of the unlabelled pictures that get pseudo-labels, and of predictions in a labelled picture's target. */
const PSEUDO_SHARE = 0.5, TARGET_SHARE = 0.5;
/** Pictures that each training sees, repeats counted: all train equally long. */
const PICTURES = 5000;
/** Of Student's t with two degrees of freedom, the quantile 0.95. */
const T_95 = 2.92;

const METRICS = ["average_precision", "macro_f1"] as const;

/** Scores on the unseen pictures by metric. */
type Scores = Readonly<Record<(typeof METRICS)[number], number>>;

/** What a student learns from beside the labels. */
interface Lesson {
  readonly name: string;
  readonly targets: readonly string[];
}

/** The gain of a lesson over the labels alone, paired by seed, with its 90 % interval. */
export interface SoftTargetGain {
  readonly lesson: string;
  readonly metric: string;
  readonly scores: readonly number[];
  readonly mean: number;
  readonly gain: number;
  readonly interval: readonly [number, number];
}

function configText(data: string): string {
  return `
data: { dir: ${data}, on_broken: skip }
model: { name: resnet18, params: { width: 16 } }
train: { batch_size: 16 }
eval: { batch_size: 32 }
loss: { name: binary_focal_loss }
optimizer: { name: adam, params: { lr: 0.002 } }
scheduler: { name: cosine }
transform: { name: policy_transform, num_preprocessor: 1, params: { size: ${SIDE}, per_image_norm: true } }
checkpoint: { every_steps: 0, keep: 1 }
backend: wasm
`;
}

/** One competition in which a fifth of the pictures are labelled. */
class Competition {
  readonly dir: string;

  constructor(readonly seed: number, readonly planted: Planted) {
    this.dir = join(DIR, String(seed));
  }

  static async make(seed: number): Promise<Competition> {
    const dir = join(DIR, String(seed)), out = join(dir, "data");
    const size = { train: LABELLED, external: 0, test: UNLABELLED + UNSEEN, size: SIDE, seed };
    const planted = await makeDemoData({ layout: "hpa", ...size, out });
    await findDuplicates({ dataDir: out });
    await splitFolds({ ...DATA_DEFAULTS, dataDir: out });
    await writeFileAtomic(join(dir, "config.yml"), configText(out));
    return new Competition(seed, planted);
  }

  path(name: string): string {
    return join(this.dir, `${name}.csv`);
  }

  /** Trains a network on the labels and soft targets, for as many pictures as any other. */
  async train(
    name: string,
    { seed, targets }: { seed: number; targets: readonly string[] },
  ): Promise<Experiment> {
    const soft = targets.length === 0
      ? []
      : [`data.targets=${JSON.stringify(targets)}`, `data.target_share=${TARGET_SHARE}`];
    const set = [`train.dir=${join(this.dir, name)}`, `seed=${seed}`, ...soft];
    const path = join(this.dir, "config.yml");
    const images = (await (await loadExperiment(path, { set })).trainingExamples()).length;
    const epochs = `train.num_epochs=${Math.round(PICTURES / images)}`;
    const experiment = await loadExperiment(path, { set: [...set, epochs] });
    await train(experiment, { fresh: true });
    return experiment;
  }

  /** Predicts a split by the last epoch. */
  async predict(experiment: Experiment, split: "train" | "test", path: string): Promise<Predictions> {
    const checkpoint = (await epochCheckpoints(runFolder(experiment.config.train.dir))).at(-1)!.path;
    await infer(experiment, { split, path, checkpoint, views: { orientations: 1 } });
    return await readPredictions(path, { classes: CLASSES });
  }

  /** Ids of the test pictures that only scores are computed on. */
  unseen(): Set<string> {
    return new Set(Object.keys(this.planted.test_labels).sort().slice(UNLABELLED));
  }

  async score(experiment: Experiment, predictions: Predictions): Promise<Scores> {
    const { ids, probabilities } = rowsOf(predictions, (id) => this.unseen().has(id));
    const targets = new Float32Array(ids.length * CLASSES);
    for (const [row, id] of ids.entries()) {
      for (const label of this.planted.test_labels[id]!) targets[row * CLASSES + label] = 1;
    }
    const scored = { rows: ids.length, predictions: probabilities, targets };
    const entries = METRICS.map(async (name) =>
      [name, (await experiment.metric(name)).score(scored)] as const
    );
    return Object.fromEntries(await Promise.all(entries)) as Scores;
  }
}

/** The rows of some Ids. */
function rowsOf(predictions: Predictions, keep: (id: string) => boolean): Predictions {
  const { ids } = predictions;
  return selectRows(predictions, [...ids.keys()].filter((row) => keep(ids[row]!)));
}

/** Trains the teachers; writes what they predict. Scores are of the first, which learned from the labels alone. */
async function teach(
  competition: Competition,
): Promise<{ readonly scores: Scores; readonly train: string[]; readonly test: string[] }> {
  const train: string[] = [], test: string[] = [], all: Scores[] = [];
  const unseen = competition.unseen();
  for (let teacher = 0; teacher < TEACHERS; teacher++) {
    const name = `teacher${teacher}`, seed = competition.seed + 100 * teacher;
    const experiment = await competition.train(name, { seed, targets: [] });
    train.push(competition.path(`${name}.train`));
    await competition.predict(experiment, "train", train.at(-1)!);
    const predicted = await competition.predict(experiment, "test", competition.path(`${name}.test`));
    all.push(await competition.score(experiment, predicted));
    test.push(competition.path(`${name}.unlabelled`));
    const provenance = (await readProvenance(predicted.path))!;
    await writePredictions(test.at(-1)!, rowsOf(predicted, (id) => !unseen.has(id)), { provenance });
  }
  return { scores: all[0]!, train, test };
}

async function lessons(
  competition: Competition,
  taught: { train: string[]; test: string[] },
): Promise<Lesson[]> {
  const path = competition.path("pseudo_labels");
  const data = { ...DATA_DEFAULTS, dataDir: join(competition.dir, "data") };
  await pseudoLabel({ ...data, predictions: taught.test, choice: { share: PSEUDO_SHARE }, path });
  return [
    { name: "pseudo-labels", targets: [path] },
    { name: "distillation", targets: taught.train },
    { name: "both", targets: [path, ...taught.train] },
  ];
}

/** Scores of one seed by what was learned from. */
async function runSeed(seed: number, output: Output): Promise<Map<string, Scores>> {
  const competition = await Competition.make(seed);
  const taught = await teach(competition);
  const scores = new Map([["labels", taught.scores]]);
  for (const { name, targets } of await lessons(competition, taught)) {
    const experiment = await competition.train(`student.${name}`, { seed, targets });
    const predicted = await competition.predict(experiment, "test", competition.path(`${name}.test`));
    scores.set(name, await competition.score(experiment, predicted));
  }
  const shown = [...scores].map(([name, score]) => `${name} ${score.average_precision.toFixed(4)}`);
  output.line(`seed ${seed}: average precision of ${shown.join(", ")}`);
  return scores;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function gainOf(
  runs: readonly Map<string, Scores>[],
  { lesson, metric }: { lesson: string; metric: keyof Scores },
): SoftTargetGain {
  const scores = runs.map((run) => run.get(lesson)![metric]);
  const gains = runs.map((run, index) => scores[index]! - run.get("labels")![metric]);
  const gain = meanOf(gains);
  const deviation = Math.sqrt(
    meanOf(gains.map((value) => (value - gain) ** 2)) * gains.length / (gains.length - 1),
  );
  const half = T_95 * deviation / Math.sqrt(gains.length);
  return { lesson, metric, scores, mean: meanOf(scores), gain, interval: [gain - half, gain + half] };
}

/**
 * Compares students that learn from pseudo-labels, from an ensemble's predictions of their own train pictures
 * (distillation) and from both with those that learn from the labels alone: three drawn competitions in which a fifth of
 * the pictures are labelled, scored on pictures that no network has seen.
 */
export async function bench(_options: BenchOptions, output: Output): Promise<SoftTargetGain[]> {
  const runs: Map<string, Scores>[] = [];
  for (const seed of SEEDS) runs.push(await runSeed(seed, output));
  await Deno.remove(DIR, { recursive: true });
  const names = [...runs[0]!.keys()];
  const gains = METRICS.flatMap((metric) => names.map((lesson) => gainOf(runs, { lesson, metric })));
  output.table(
    ["metric", "learned from", "mean", "gain", "90 % interval"],
    gains.map(({ metric, lesson, mean, gain, interval }) => [
      metric,
      lesson,
      ...[mean, gain].map((value) => value.toFixed(4)),
      interval.map((value) => value.toFixed(4)).join(" to "),
    ]),
  );
  return gains;
}
