import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertLess, unreachable } from "@std/assert";
import { Random } from "../../core/base/random.ts";
import { disposeFolded, foldBatchNorms } from "../../core/nn/fold.ts";
import type { Model, ModelContext, Precision, Recorder } from "../../core/plugin/contracts.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { plainForward, RecordedForward } from "../../core/predict/folded_forward.ts";
import { tensorflowBinding } from "../../core/tensorflow/backend.ts";
import { StepRecorder } from "../../core/tensorflow/recording/recorder.ts";
import { nativeTest } from "../core/tensorflow/_native.ts";
import { bfloat16Test } from "../core/train/_half_precision.ts";
import { smallModel } from "./_small_models.ts";

const registry = await loadPlugins([], ["models"]);

/** Deeper variants are built of the same blocks as the first of their family. */
const SAME_BLOCKS = /^(efficientnet_b[1-9]|resnet34|convnextv2_(femto|pico|nano)|vit_base_.*)$/;

/**
 * TensorFlow computes x * sigmoid(x) in one operation inside of functions, which differs in the last bit. The untrained
 * EfficientNetV2 has logits of thousands, for it grows on the way.
 */
const SWISH = /^(tf_)?efficientnet/;

/** More batch sizes than are recorded: a later one is filled up to a recorded one. */
const COUNTS = [8, 8, 7, 5, 3, 2, 1, 8, 2], RECORDED = 5;

function pictures(count: number, size: number): tf.Tensor4D {
  const random = new Random(3, "pictures", count);
  const values = Float32Array.from({ length: count * size * size * 4 }, () => random.uniform(-1, 1));
  return tf.tensor4d(values, [count, size, size, 4]);
}

/** The outputs for batches of several sizes, by the folded model as it is and by its recording. */
function bothWays(
  model: Model,
  precision: Precision,
  counts: readonly number[] = COUNTS,
): { plain: number[][]; recorded: number[][] } {
  const folded = foldBatchNorms(model);
  const recorder = new StepRecorder({ precision, captures: true, shapes: Infinity });
  const forward = new RecordedForward(folded, recorder);
  const plain: number[][] = [], recorded: number[][] = [];
  for (const count of counts) {
    const images = pictures(count, model.inputs[0]!.shape[1]!);
    for (
      const [run, values] of [[plainForward(folded), plain], [forward.run.bind(forward), recorded]] as const
    ) {
      const outputs = run(images);
      values.push([...outputs.dataSync()]);
      outputs.dispose();
    }
    images.dispose();
  }
  assertEquals(recorder.refusal, null);
  recorder.dispose();
  disposeFolded(folded);
  return { plain, recorded };
}

function relativeDifference(expected: readonly number[], received: readonly number[]): number {
  const length = Math.hypot(...expected);
  return Math.hypot(...expected.map((value, index) => value - received[index]!)) / length;
}

for (const plugin of registry.list("models").filter(({ name }) => !SAME_BLOCKS.test(name))) {
  nativeTest(`${plugin.name} predicts the same bits when its forward pass is recorded`, () => {
    const model = smallModel(plugin, registry);
    model.predict(tf.zeros([1, ...model.inputs[0]!.shape.slice(1) as number[]]));
    const before = tensorflowBinding().getNumOfTensors();
    const { plain, recorded } = bothWays(model, "float32");
    if (!SWISH.test(plugin.name)) assertEquals(recorded.slice(0, RECORDED), plain.slice(0, RECORDED));
    plain.forEach((values, index) => assertLess(relativeDifference(values, recorded[index]!), 1e-5));
    assertEquals(tensorflowBinding().getNumOfTensors(), before);
    model.dispose();
  });

  bfloat16Test(`${plugin.name} predicts nearly the same in bfloat16`, () => {
    const model = smallModel(plugin, registry);
    const { plain, recorded } = bothWays(model, "bfloat16");
    plain.forEach((values, index) => assertLess(relativeDifference(values, recorded[index]!), 0.3));
    assertEquals(recorded[7], recorded[0], "the same batch again");
    model.dispose();
  });
}

bfloat16Test("batches that grow are predicted in bfloat16 as well", () => {
  const model = smallModel(registry.get("models", "resnet18"), registry);
  const { plain, recorded } = bothWays(model, "bfloat16", [1, 2, 3, 4, 8]);
  assertEquals(recorded.map(({ length }) => length), plain.map(({ length }) => length));
  plain.forEach((values, index) => assertLess(relativeDifference(values, recorded[index]!), 0.3));
  model.dispose();
});

/** The recorder, with a number of lanes that does not depend on the machine. */
function withLanes(recorder: StepRecorder, lanes: number): Recorder {
  return { lanes, run: (step) => recorder.run(step), dispose: () => recorder.dispose() };
}

for (const lanes of [1, 2, 3]) {
  nativeTest(
    `an image is predicted the same in whichever batch, in ${lanes} parts computed side by side`,
    () => {
      const context: ModelContext = {
        classes: 3,
        channels: 4,
        size: 64,
        seed: 1,
        model: () => unreachable(),
      };
      const folded = foldBatchNorms(registry.get("models", "resnet18").create({ width: 64 }, context));
      const recorder = new StepRecorder({ captures: true, shapes: Infinity });
      const forward = new RecordedForward(folded, withLanes(recorder, lanes));
      const images = pictures(8, 64);
      const ofBatch = (count: number) =>
        tf.tidy(() => forward.run(tf.slice(images, [0, 0, 0, 0], [count, -1, -1, -1])).arraySync());
      const whole = ofBatch(8);
      for (const count of COUNTS) assertEquals(ofBatch(count), whole.slice(0, count), `${count} images`);
      const plain = tf.tidy(() => plainForward(folded)(images).arraySync());
      assertLess(relativeDifference(plain.flat(), whole.flat()), 1e-5);
      assertEquals(recorder.refusal, null);
      recorder.dispose();
      disposeFolded(folded);
      images.dispose();
    },
  );
}
