/** Run as a program of its own: says by how much the gradients of narrow 1x1 filters differ from matrix products. */
import * as tf from "@tensorflow/tfjs";
import { startTensorflow } from "../../../core/tensorflow/backend.ts";

/** Enough for two threads to meet in the same memory: a wrong sum came within ten. */
const REPEATS = 100;

function random(shape: [number, number, number, number], seed: number): tf.Tensor4D {
  return tf.randomNormal(shape, 0, 1, "float32", seed);
}

/** The largest difference, relative to the largest gradient, between any repeat and the matrix product. */
function differenceOf([batch, size, channels, filters]: readonly [number, number, number, number]): number {
  return tf.tidy(() => {
    const x = random([batch, size, size, channels], 1);
    const filter = random([1, 1, channels, filters], 2);
    const convolve = (filter: tf.Tensor) => tf.conv2d(x, filter as tf.Tensor4D, 2, "valid");
    const dy = tf.randomNormal(convolve(filter).shape, 0, 1, "float32", 3);
    const seen = x.stridedSlice([0, 0, 0, 0], x.shape, [1, 2, 2, 1]).reshape([-1, channels]);
    const expected = tf.matMul(seen, dy.reshape([-1, filters]), true).reshape(filter.shape);
    const scale = expected.abs().max().dataSync()[0]!;
    const differences = Array.from({ length: REPEATS }, () =>
      tf.tidy(() => {
        const gradient = tf.grad(convolve)(filter, dy);
        return gradient.sub(expected).abs().max().dataSync()[0]!;
      }));
    return Math.max(...differences) / scale;
  });
}

await startTensorflow({ threads: 2, growGpuMemory: true });
const differences = [4, 8].flatMap((channels) =>
  [1, 5].flatMap((batch) => [11, 12].map((size) => differenceOf([batch, size, channels, 16])))
);
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(differences)));
