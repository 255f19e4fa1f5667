import * as tf from "@tensorflow/tfjs";
import { namedVariables } from "../nn/named_variables.ts";
import type { Model } from "../plugin/contracts.ts";
import { Random } from "../base/random.ts";
import { countParameters } from "../experiment/create_model.ts";
import { applyModel, backwardPass } from "./backward_pass.ts";
import { accumulationSteps } from "./learner.ts";
import { passBytes } from "./memory_estimate.ts";
import { recomputingForward } from "./recomputing_forward.ts";
import { freezeModules } from "../nn/frozen_modules.ts";
import { applyPretrained } from "../weights/pretrained.ts";
import { splitWeightOptions } from "../weights/weight_options.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { TrainOptions } from "./types.ts";

/** Largest batch size that is timed. */
const SAMPLE = 4;
const SMALL = 10_000;
/** Copies of the weights in memory: weights, gradients and Adam's two moments. */
const COPIES = 4;

/** Estimated time and memory of a training run. */
export interface TrainPlan {
  readonly examples: { readonly train: number; readonly val: number };
  readonly parameters: number;
  readonly steps_per_epoch: number;
  /** Memory for weights, optimizer state and the activations of one batch. */
  readonly memory_bytes: number;
  /** The larger of compute time and data-loading time, which overlap. */
  readonly seconds_per_epoch: number;
  readonly seconds: number;
}

async function secondsOf(work: () => tf.Tensor[]): Promise<number> {
  const once = async () => {
    const tensors = work();
    // Reading a small result back waits for the computation without the cost of downloading all gradients.
    await Promise.all(tensors.filter((tensor) => tensor.size < SMALL).map((tensor) => tensor.data()));
    tf.dispose(tensors);
  };
  await once();
  const start = performance.now();
  await once();
  return (performance.now() - start) / 1000;
}

/** Seconds per image of a training step and of inference, measured on random inputs. */
async function timeModel(model: Model, experiment: Experiment): Promise<{ train: number; infer: number }> {
  const { config } = experiment;
  const [size, , channels] = model.inputs[0]!.shape.slice(1) as [number, number, number];
  const count = Math.min(SAMPLE, config.train.batch_size);
  const random = new Random(0, "timing");
  const pixels = Float32Array.from({ length: count * size * size * channels }, () => random.uniform(-1, 1));
  const images = tf.tensor4d(pixels, [count, size, size, channels]);
  const labels = tf.zeros([count, (await experiment.layout()).classes.length]) as tf.Tensor2D;
  const { recompute } = config.train;
  const forward = recompute > 1 ? recomputingForward(model, recompute) : null;
  const parts = { model, loss: await experiment.loss(), variables: namedVariables(model), forward };
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

/** Data-loading seconds per image, divided by the number of workers. */
async function timeLoading(
  { experiment, examples }: TrainOptions,
): Promise<{ seconds: number; size: number }> {
  const { config } = experiment;
  const workers = config.transform.num_preprocessor;
  const few = examples.train.slice(0, 4);
  const alone = await experiment.with({
    config: { ...config, transform: { ...config.transform, num_preprocessor: 0 } },
  });
  const request = { examples: few, batchSize: few.length, shuffle: true };
  const loader = await alone.loader({ ...request, split: "train" });
  try {
    const start = performance.now();
    for await (const batch of loader.batches(0)) if (batch.count === 0) break;
    const seconds = (performance.now() - start) / 1000 / few.length;
    return { seconds: seconds / Math.max(workers, 1), size: loader.size };
  } finally {
    loader.close();
  }
}

/** Estimates time and memory of a training run; writes nothing. The backend must be started. */
export async function estimateTraining(options: TrainOptions): Promise<TrainPlan> {
  const { experiment, examples } = options;
  const { config } = experiment;
  const loading = await timeLoading(options);
  const model = await experiment.model(loading.size);
  try {
    const { options: weights } = splitWeightOptions(config.model.params);
    for (const line of await applyPretrained(model, weights)) experiment.output.line(line);
    freezeModules(model, weights.freeze);
    const step = await timeModel(model, experiment);
    const parameters = countParameters(model);
    const batches = Math.ceil(examples.train.length / config.train.batch_size);
    const perEpoch = examples.train.length * Math.max(step.train, loading.seconds) +
      examples.val.length * Math.max(step.infer, loading.seconds);
    return {
      examples: { train: examples.train.length, val: examples.val.length },
      parameters,
      steps_per_epoch: Math.ceil(batches / accumulationSteps(options)),
      memory_bytes: COPIES * 4 * parameters +
        config.train.batch_size * passBytes(model, config.train.recompute),
      seconds_per_epoch: perEpoch,
      seconds: perEpoch * config.train.num_epochs,
    };
  } finally {
    model.dispose();
  }
}
