import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createModel } from "../../../core/experiment/create_model.ts";
import { namedVariables } from "../../../core/nn/named_variables.ts";
import { LossScale } from "../../../core/optim/loss_scale.ts";
import { Problem } from "../../../core/base/problem.ts";
import type { Loss } from "../../../core/plugin/contracts.ts";
import { findRate } from "../../../core/rate/find_rate.ts";
import { readResume } from "../../../core/run_folder/resume_file.ts";
import { StepRecorder } from "../../../core/tensorflow/recording/recorder.ts";
import { backwardPass, batchTensors } from "../../../core/train/backward_pass.ts";
import { RecordedPass } from "../../../core/train/recorded_pass.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import type { TrainOptions } from "../../../core/train/types.ts";
import { decodeNumbers } from "../../../core/weights/decode_numbers.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import { inFolder } from "../../_in_folder.ts";
import { nativeTest } from "../tensorflow/_native.ts";
import { halfRegistry, overflowingLoader } from "./_half_precision.ts";
import { recordsOf } from "./_history.ts";
import { checkpointHashes, trainInPieces } from "./_pieces.ts";
import {
  CHANNELS,
  CLASSES,
  SIZE,
  tinyConfig,
  tinyExamples,
  tinyLoader,
  tinyOptions,
  tinyRegistry,
} from "./_tiny.ts";

const FLOAT16 = { precisions: ["float16", "float32"] as const };

/** Cross entropy times a factor. */
function crossEntropy(factor: number): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    tf.tidy(() => tf.losses.sigmoidCrossEntropy(labels, logits).mul<tf.Scalar>(factor));
  return { activation: "sigmoid", compute };
}

/** Losses and the convolution's gradients of passes with the same weights. */
interface Passes {
  readonly gradients: number[][];
  readonly losses: number[];
}

/** Batches of a few passes. */
const PASSES = 5;

/** Passes over batches of the tiny model; eager ones without a recorder, and without loss scaling when no scales are given. */
async function passes(
  recorder: StepRecorder | null,
  { factor = 1, scales = null }: { factor?: number; scales?: readonly number[] | null } = {},
): Promise<Passes> {
  const shape = { channels: CHANNELS, classes: CLASSES, size: SIZE };
  const model = createModel(tinyConfig("unused"), await tinyRegistry(), shape);
  const parts = { model, variables: namedVariables(model), loss: crossEntropy(factor) };
  const gradients: number[][] = [], losses: number[] = [];
  const lossScale = scales && new LossScale();
  const recorded = recorder && new RecordedPass(parts, recorder, { lossScale });
  for await (const batch of tinyLoader(tinyExamples(4 * PASSES), { batchSize: 4 }).batches(0)) {
    if (scales) lossScale!.restore({ scale: scales[batch.index]!, good: 0 });
    const tensors = batchTensors(batch);
    const made = recorded?.run(tensors) ?? backwardPass(parts, tensors);
    gradients.push([...made.gradients["conv1.weight"]!.dataSync()]);
    losses.push(made.loss.dataSync()[0]!);
    tf.dispose([tensors.images, tensors.labels, made.loss, made.logits, made.gradients]);
  }
  if (lossScale) assert(await lossScale.update(), "all batches are finite");
  recorded?.dispose();
  model.dispose();
  return { gradients, losses };
}

/** Length of the difference of two vectors, relative to the first's. */
function distance(expected: readonly number[], received: readonly number[]): number {
  return Math.hypot(...expected.map((value, index) => value - received[index]!)) / Math.hypot(...expected);
}

nativeTest("scales enter one function, and change no bit of a loss and gradients in float32", async () => {
  const scales = [65536, 65536, 32768, 1024, 1];
  const plain = await passes(null);
  const before = tf.memory().numTensors;
  const recorder = new StepRecorder(), eager = new StepRecorder({ shapes: 0 });
  assertEquals(await passes(recorder, { scales }), plain);
  assertEquals([recorder.replays, recorder.refusal], [PASSES, null]);
  assertEquals(await passes(eager, { scales }), plain, "nor where the pass is not replayed");
  assertEquals([eager.replays, tf.memory().numTensors], [0, before]);
});

nativeTest("gradients that are too small for float16 are kept by the scale", async () => {
  const factor = 1e-7;
  const float16 = () => new StepRecorder({ precision: "float16" });
  const exact = await passes(null, { factor });
  const bare = await passes(float16(), { factor });
  const scaled = await passes(float16(), { factor, scales: Array<number>(PASSES).fill(65536) });
  for (const [pass, expected] of exact.gradients.entries()) {
    const kept = distance(expected, scaled.gradients[pass]!);
    assert(kept > 0 && kept < 0.01, `${kept}`);
    assert(distance(expected, bare.gradients[pass]!) > 0.5, "as they would be without it");
  }
});

/** Training of the tiny model on five batches an epoch, some of which overflow. */
async function training(
  dir: string,
  how: {
    train?: Record<string, unknown>;
    overflows?: readonly number[];
    skip?: readonly number[];
    inFloat32?: boolean;
  },
): Promise<TrainOptions> {
  const { overflows = [], skip = [], inFloat32 = false } = how;
  const config = tinyConfig(dir, { train: { dir, num_epochs: 2, precision: "float16", ...how.train } });
  const registry = await halfRegistry({ ...FLOAT16, inFloat32 });
  const options = await tinyOptions(config, { skip }, { registry });
  const train = overflowingLoader(options.loaders!.train, (batch) => overflows.includes(batch));
  return { ...options, loaders: { ...options.loaders!, train } };
}

async function lastWeights(dir: string): Promise<Record<string, number[]>> {
  const { tensors } = readSafetensors(
    await Deno.readFile(join(dir, "checkpoint", "epoch_0001.safetensors")),
  );
  const parameters = [...tensors].filter(([name]) => /\.(weight|bias)$/.test(name));
  return Object.fromEntries(parameters.map(([name, stored]) => [name, [...decodeNumbers(stored)!]]));
}

async function lossScaleOf(dir: string): Promise<unknown> {
  const { progress } = await readResume(join(dir, "checkpoint", "resume.safetensors"));
  return (progress as Record<string, unknown>)["lossScale"];
}

/** Batches that overflow in each of two epochs, and the batches without which the training is then the same. */
const RECIPES = [
  { name: "one batch an update", train: {}, overflows: [0, 3], skip: [0, 3] },
  {
    name: "two batches an update, clipped, with warm-up and running mean",
    train: { num_grad_acc: 2, clip_norm: 0.1, warmup_steps: 3, ema: 0.9 },
    overflows: [3],
    skip: [2, 3],
  },
];

for (const { name, train, overflows, skip } of RECIPES) {
  nativeTest(
    `an update that overflows is left out, and nothing else: ${name}`,
    () =>
      inFolder(async (dir) => {
        const [scaled, plain] = [join(dir, "scaled"), join(dir, "plain")];
        await trainModel(await training(scaled, { train, overflows, inFloat32: true }));
        await trainModel(await training(plain, { train: { ...train, precision: "float32" }, skip }));
        assertEquals(await lastWeights(scaled), await lastWeights(plain));
        assertEquals(await lossScaleOf(scaled), { scale: 65536 / 4 ** overflows.length, good: 1 });
        assertEquals(await lossScaleOf(plain), undefined);
        for (const record of await recordsOf(scaled)) assert(Number.isFinite(record.train.loss));
      }),
  );
}

nativeTest(
  "a training in float16 taken up inside epochs leaves the same files and the same scale",
  () =>
    inFolder(async (dir) => {
      const [whole, parts] = [join(dir, "whole"), join(dir, "parts")];
      const how = { overflows: [1], train: { num_epochs: 3 } };
      await trainModel(await training(whole, how));
      await trainInPieces(await training(parts, how));
      assertEquals(await checkpointHashes(parts), await checkpointHashes(whole));
      assertEquals(await lossScaleOf(whole), { scale: 65536 / 2 ** 3, good: 3 });
      assertEquals(await lossScaleOf(parts), await lossScaleOf(whole));
    }),
);

nativeTest(
  "a training whose gradients overflow at every scale ends and says so",
  () =>
    inFolder(async (dir) => {
      const before = tf.memory().numTensors;
      const options = await training(dir, {
        overflows: [0, 1, 2, 3, 4],
        train: { num_epochs: 9 },
        inFloat32: true,
      });
      const error = await assertRejects(() => trainModel(options), Problem, "at its floor of 1");
      // 16 halvings lead to the floor: the seventeenth update is the second of the fourth epoch.
      assertStringIncludes(error.message, "in epoch 3 near batch 2");
      assertStringIncludes(error.next!, "train.precision");
      assertEquals(tf.memory().numTensors, before);
    }),
);

nativeTest("without loss scaling an infinite loss ends the training at once", () =>
  inFolder(async (dir) => {
    const options = await training(dir, { overflows: [1], train: { precision: "float32" } });
    await assertRejects(() => trainModel(options), Problem, "the loss is");
  }));

nativeTest("the search for a rate learns with a scaled loss", () =>
  inFolder(async (dir) => {
    const options = await training(dir, {});
    const before = tf.memory().numTensors;
    const { points } = await findRate(options, { steps: 12, from: 1e-4, to: 1e-2 });
    assertEquals([points.length, tf.memory().numTensors], [12, before]);
    assert(points.at(-1)!.smooth < points[0]!.smooth);
  }));
