import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { batchNormTraining } from "../../../core/nn/kernels/batch_norm_training.ts";
import { groupedConv2d } from "../../../core/nn/kernels/grouped_conv.ts";
import type { GroupedConvSettings } from "../../../core/nn/kernels/grouped_conv_composed.ts";
import { BATCH_NORM_GRAD, BATCH_NORM_TRAIN, composedKernel } from "../../../core/nn/kernels/layer_kernels.ts";
import { startWasm } from "../../../core/wasm/start.ts";

function random(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0.5, 2, "float32", seed);
}

function assertNear(actual: tf.Tensor, expected: tf.Tensor, what: string): void {
  assertEquals(actual.shape, expected.shape, what);
  const scale = Math.max(1, expected.abs().max().dataSync()[0]!);
  const difference = actual.sub(expected).abs().max().dataSync()[0]!;
  assert(difference <= 1e-5 * scale, `${what}: ${difference} of ${scale}`);
}

function batchNormParts(shape: number[]) {
  const channels = shape.at(-1)!;
  const vector = (seed: number) => random([channels], seed);
  const [x, scale, offset, dy] = [random(shape, 1), vector(2), vector(3), random(shape, 6)];
  return { x, scale, offset, dy, runningMean: vector(4), runningVar: vector(5).abs() };
}

for (const shape of [[3, 5, 7, 6], [2, 4, 4, 1], [9, 5], [1, 8]]) {
  Deno.test(`wasm's batch normalisation of [${shape}] equals the composed one`, async () => {
    await startWasm();
    tf.tidy(() => {
      const { dy, ...inputs } = batchNormParts(shape);
      const settings = { epsilon: 1e-5, momentum: 0.1 };
      const [y, mean, variance, saved0, saved1] = composedKernel(BATCH_NORM_TRAIN)(inputs, settings);
      const made = batchNormTraining(inputs, settings);
      assertNear(made.y, y!, "y");
      assertNear(made.runningMean, mean!, "running mean");
      assertNear(made.runningVar, variance!, "running variance");
      const loss = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
        batchNormTraining({ ...inputs, x, scale, offset }, settings).y.mul(dy).sum();
      const { x, scale, offset } = inputs;
      const gradients = tf.grads(loss)([x, scale, offset]);
      const expected = composedKernel(BATCH_NORM_GRAD)(
        { dy, x, scale, saved0: saved0!, saved1: saved1! },
        settings,
      );
      expected.forEach((gradient, i) => assertNear(gradients[i]!, gradient, `gradient ${i}`));
    });
  });
}

/** One dense convolution per group: slow, and plain to see right. */
function convolveByGroup(x: tf.Tensor4D, filter: tf.Tensor4D, settings: GroupedConvSettings): tf.Tensor4D {
  const { groups, strides, padding: [top, bottom, left, right] } = settings;
  const xs = tf.split(x, groups, 3) as tf.Tensor4D[], filters = tf.split(filter, groups, 3) as tf.Tensor4D[];
  const pad: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tf.concat(xs.map((part, i) => tf.conv2d(part, filters[i]!, [...strides], pad) as tf.Tensor4D), 3);
}

for (const size of [8, 9]) {
  for (const stride of [1, 2]) {
    for (const [groups, channels, filters] of [[2, 6, 4], [32, 128, 128], [4, 4, 8]] as const) {
      Deno.test(`${groups} groups of ${channels} channels, stride ${stride}, ${size} px: forward and gradients`, async () => {
        await startWasm();
        tf.tidy(() => {
          const settings = { groups, strides: [stride, stride], padding: [1, 1, 1, 1] } as const;
          const x = random([2, size, size, channels], 1) as tf.Tensor4D;
          const filter = random([3, 3, channels / groups, filters], 2) as tf.Tensor4D;
          const y = convolveByGroup(x, filter, settings);
          assertNear(groupedConv2d(x, filter, settings), y, "y");
          const dy = random(y.shape, 3);
          const gradients = (convolve: typeof groupedConv2d) =>
            tf.grads((a, b) => convolve(a as tf.Tensor4D, b as tf.Tensor4D, settings).mul(dy).sum())([
              x,
              filter,
            ]);
          const [actual, expected] = [gradients(groupedConv2d), gradients(convolveByGroup)];
          assertNear(actual[0]!, expected[0]!, "dx");
          assertNear(actual[1]!, expected[1]!, "dfilter");
        });
      });
    }
  }
}
