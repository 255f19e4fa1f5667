import * as tf from "@tensorflow/tfjs";
import { dirname } from "@std/path";
import { pathExists } from "../base/files.ts";
import { namedVariables } from "../nn/named_variables.ts";
import type { Model } from "../plugin/contracts.ts";
import { configProblem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { countParameters, createModel } from "../experiment/create_model.ts";
import { applyModel, backwardPass } from "./gradients.ts";
import { createTrainLoaders } from "./loaders.ts";
import { groupSize } from "./learner.ts";
import { passBytes } from "./memory_estimate.ts";
import { recomputingForward } from "./recompute.ts";
import type { TrainOptions } from "./types.ts";

/** Most images in the batch that is timed. */
const SAMPLE = 4;
const SMALL = 10_000;
/** Weights, their gradients and two moments. */
const COPIES = 4;

/** What a training will take, estimated from one small step. */
export interface TrainPlan {
  readonly examples: { readonly train: number; readonly val: number };
  readonly parameters: number;
  readonly steps_per_epoch: number;
  /** Memory for weights, optimizer and the activations of one batch. */
  readonly memory_bytes: number;
  /** Computing on this backend, images prepared meanwhile. */
  readonly seconds_per_epoch: number;
  readonly seconds: number;
}

async function secondsOf(work: () => tf.Tensor[]): Promise<number> {
  const once = async () => {
    const tensors = work();
    // Small results are read, so that the time is not that of reading all gradients.
    await Promise.all(tensors.filter((tensor) => tensor.size < SMALL).map((tensor) => tensor.data()));
    tf.dispose(tensors);
  };
  await once();
  const start = performance.now();
  await once();
  return (performance.now() - start) / 1000;
}

/** Seconds per image of a training step and of inference, measured on random pixels. */
async function timeModel(model: Model, options: TrainOptions): Promise<{ train: number; infer: number }> {
  const { config, registry, layout } = options;
  const [size, , channels] = model.inputs[0]!.shape.slice(1) as [number, number, number];
  const count = Math.min(SAMPLE, config.train.batch_size);
  const random = new Random(0, "timing");
  const pixels = Float32Array.from({ length: count * size * size * channels }, () => random.uniform(-1, 1));
  const images = tf.tensor4d(pixels, [count, size, size, channels]);
  const labels = tf.zeros([count, layout.classes.length]) as tf.Tensor2D;
  const loss = registry.get("losses", config.loss.name)
    .create(config.loss.params, { classes: layout.classes.length, multiLabel: layout.multiLabel });
  const { recompute } = config.train;
  const forward = recompute > 1 ? recomputingForward(model, recompute) : null;
  const parts = { model, loss, variables: namedVariables(model), forward };
  try {
    const train = await secondsOf(() => {
      const pass = backwardPass(parts, { images, labels });
      return [pass.loss, pass.logits, ...Object.values(pass.gradients)];
    });
    const infer = await secondsOf(() => tf.tidy(() => applyModel(model, images, false)));
    return { train: train / count, infer: infer / count };
  } finally {
    tf.dispose([images, labels]);
  }
}

/** Seconds per image to read and transform, over all workers. */
async function timeLoading(options: TrainOptions): Promise<{ seconds: number; size: number }> {
  const { config, examples } = options;
  const workers = config.transform.num_preprocessor;
  const few = examples.train.slice(0, 4);
  const transform = { ...config.transform, num_preprocessor: 0 };
  const sample = { ...config, transform, train: { ...config.train, batch_size: few.length } };
  const loaders = await createTrainLoaders({
    ...options,
    config: sample,
    examples: { train: few, val: few },
  });
  const start = performance.now();
  for await (const batch of loaders.train.batches(0)) if (batch.count === 0) break;
  const seconds = (performance.now() - start) / 1000 / few.length;
  return { seconds: seconds / Math.max(workers, 1), size: loaders.train.size };
}

/** Estimates what a training takes; writes nothing. The backend must be started. */
export async function planTraining(options: TrainOptions): Promise<TrainPlan> {
  const { config, registry, layout, examples } = options;
  const loading = await timeLoading(options);
  const classes = layout.classes.length;
  const model = createModel(config, registry, {
    classes,
    channels: layout.channels.length,
    size: loading.size,
  });
  try {
    const step = await timeModel(model, options);
    const parameters = countParameters(model);
    const batches = Math.ceil(examples.train.length / config.train.batch_size);
    const perEpoch = examples.train.length * Math.max(step.train, loading.seconds) +
      examples.val.length * Math.max(step.infer, loading.seconds);
    return {
      examples: { train: examples.train.length, val: examples.val.length },
      parameters,
      steps_per_epoch: Math.ceil(batches / groupSize(options)),
      memory_bytes: COPIES * 4 * parameters +
        config.train.batch_size * passBytes(model, config.train.recompute),
      seconds_per_epoch: perEpoch,
      seconds: perEpoch * config.train.num_epochs,
    };
  } finally {
    model.dispose();
  }
}

/** Throws a config problem when this process may not write the run's folder. */
export async function checkWritable(dir: string): Promise<void> {
  const state = await Deno.permissions.query({ name: "write", path: dir });
  if (state.state === "granted") return;
  const parent = dirname(dir);
  throw configProblem(
    `Cannot write to train.dir "${dir}": this task may write below results/ only`,
    await pathExists(parent)
      ? `Set train.dir to a folder below results/`
      : `Set train.dir to ./results/<name>`,
  );
}
