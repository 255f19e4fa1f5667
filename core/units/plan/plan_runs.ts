import { basename, join, normalize } from "@std/path";
import type { Split } from "../../base/example.ts";
import type { Json } from "../../base/json.ts";
import { resolveConfig } from "../../config/load.ts";
import { Experiment } from "../../experiment/experiment.ts";
import { predictionPath } from "../../predict/prediction_path.ts";
import { digestSplits } from "../image_digest.ts";
import type { Planner } from "./planner.ts";
import type { Unit } from "../unit.ts";

/** What is done with each training. */
export interface RunRequest {
  /** Folds that each config is trained on; null: the one that it names. */
  readonly folds: readonly number[] | null;
  /** Seeds that each config is trained with; null: the one that it names. */
  readonly seeds: readonly number[] | null;
  /** Checkpoints that are averaged; 0: none are. */
  readonly swa: number;
  /** Whether only checkpoints that gain are averaged, as of the swa task. */
  readonly greedy: boolean;
  readonly splits: readonly Split[];
  /** Views as of the inference task; null leaves them to the config. */
  readonly numTta: number | "auto" | null;
  readonly inferenceParts: number;
}

/** A training of a plan, and what is made of it. */
export interface PlannedRun {
  readonly experiment: Experiment;
  readonly train: Unit;
  /** The training and its average. */
  readonly model: readonly Unit[];
  readonly predictions: readonly Unit[];
}

type Tree = Record<string, Json>;

/** A config as units keep it. */
export function configTree({ config }: Experiment): Tree {
  return JSON.parse(JSON.stringify(config)) as Tree;
}

/** The experiment of another fold or seed, in a folder of its own: `<train.dir>.<fold>.seed<seed>`. */
async function variantOf(
  experiment: Experiment,
  { fold, seed }: { readonly fold: number | null; readonly seed: number | null },
): Promise<Experiment> {
  if (fold === null && seed === null) return experiment;
  const tree = configTree(experiment), data = tree.data as Tree, train = tree.train as Tree;
  const ends = [...(fold === null ? [] : [`${fold}`]), ...(seed === null ? [] : [`seed${seed}`])];
  const changed = {
    ...tree,
    data: { ...data, ...(fold !== null && { params: { ...data.params as Tree, idx_fold: fold } }) },
    train: { ...train, dir: [normalize(String(train.dir)).replace(/\/$/, ""), ...ends].join(".") },
    ...(seed !== null && { seed }),
  };
  const path = [
    experiment.path,
    ...(fold === null ? [] : [`fold ${fold}`]),
    ...(seed === null ? [] : [`seed ${seed}`]),
  ];
  const loaded = await resolveConfig(changed, path.join(" "));
  return new Experiment({ ...loaded, output: experiment.output, layout: await experiment.layout() });
}

/** What the tasks of an experiment's units have in common. */
export function taskOf(experiment: Experiment): { path: string; config: Tree } {
  return { path: experiment.path, config: configTree(experiment) };
}

/** What the units of an experiment have in common beside their task. */
export function placeOf({ config }: Experiment): { named: unknown; dataDir: string; threads: number } {
  return { named: config, dataDir: config.data.dir, threads: config.threads };
}

async function planTrain(planner: Planner, experiment: Experiment): Promise<Unit> {
  const dir = normalize(experiment.config.train.dir), split = await experiment.trainedSplit();
  return await planner.add({
    kind: "train",
    title: `train ${dir}`,
    task: {
      name: "train",
      ...taskOf(experiment),
      images: await digestSplits(experiment, ["train", "val"]),
    },
    inputs: split === null ? [] : [split.path],
    outputs: [`${dir}/`],
    ...placeOf(experiment),
  });
}

async function planAverage(
  planner: Planner,
  { experiment, train }: { experiment: Experiment; train: Unit },
  { swa: count, greedy }: RunRequest,
): Promise<Unit> {
  const { dir, num_epochs: epochs, early_stopping: patience } = experiment.config.train;
  const folder = join(dir, "checkpoint");
  const name = `${greedy ? "swa_greedy" : "swa"}.${count}.${String(epochs - 1).padStart(3, "0")}.safetensors`;
  return await planner.add({
    kind: "swa",
    title: `swa ${normalize(dir)}`,
    task: { name: "swa", ...taskOf(experiment), run: train.id, num_checkpoint: count, greedy },
    needs: [train],
    // Where a training may stop early, the name is not known before.
    outputs: [patience === null ? join(folder, name) : `${folder}/`],
    ...placeOf(experiment),
  });
}

/** Where a part of a prediction file is kept. */
function partPath(output: string, { index, count }: { index: number; count: number }): string {
  return join("inferences", "parts", `${output.replace(/^inferences\//, "")}.${index}-of-${count}.json`);
}

async function planInference(
  planner: Planner,
  { experiment, train, last, split }: { experiment: Experiment; train: Unit; last: Unit; split: Split },
  { numTta, inferenceParts }: RunRequest,
): Promise<Unit> {
  const images = await digestSplits(experiment, [split]);
  const output = predictionPath(experiment.config.train.dir, split);
  const name = "inference" as const;
  const task = { name, ...taskOf(experiment), run: train.id, split, num_tta: numTta, images };
  const title = `inference ${basename(output)}`, common = placeOf(experiment);
  const outputs = [output, `${output}.json`];
  const count = numTta === "auto" ? 1 : Math.min(inferenceParts, images[split]!.count);
  if (count === 1) {
    const whole = { ...task, part: null, output };
    return await planner.add({ kind: name, title, task: whole, needs: [last], outputs, ...common });
  }
  const parts: Unit[] = [];
  for (let index = 1; index <= count; index++) {
    const part = { index, count }, path = partPath(output, part);
    parts.push(
      await planner.add({
        kind: name,
        title: `${title}, part ${index} of ${count}`,
        task: { ...task, part, output: path },
        needs: [last],
        outputs: [path],
        ...common,
      }),
    );
  }
  const joined = { ...task, parts: parts.map((unit) => unit.outputs[0]!), output };
  return await planner.add({
    kind: "join_inference",
    title,
    task: joined,
    needs: parts,
    outputs,
    dataDir: common.dataDir,
  });
}

async function planRun(planner: Planner, experiment: Experiment, request: RunRequest): Promise<PlannedRun> {
  const train = await planTrain(planner, experiment);
  const average = request.swa === 0 ? [] : [await planAverage(planner, { experiment, train }, request)];
  const last = average[0] ?? train, predictions: Unit[] = [];
  for (const split of request.splits) {
    predictions.push(await planInference(planner, { experiment, train, last, split }, request));
  }
  return { experiment, train, model: [train, ...average], predictions };
}

/** Plans the trainings of a config, one for each fold and seed, with their averages and predictions. */
export async function planRuns(
  planner: Planner,
  experiment: Experiment,
  request: RunRequest,
): Promise<PlannedRun[]> {
  const runs: PlannedRun[] = [];
  for (const fold of request.folds ?? [null]) {
    for (const seed of request.seeds ?? [null]) {
      const variant = await variantOf(experiment, { fold, seed });
      runs.push(await planRun(planner, variant, request));
    }
  }
  return runs;
}
