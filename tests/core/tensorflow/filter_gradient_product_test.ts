import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import type { Precision } from "../../../core/plugin/contracts.ts";
import { nativeTest } from "./_native.ts";
import { traced } from "./_traced.ts";

type Four = [number, number, number, number];

interface Convolution {
  readonly x: Four;
  readonly filter: Four;
  readonly strides: [number, number];
  readonly pad: "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];
}

/** Operations of a filter's gradient that is traced for a precision, its values, and those of the definition. */
function gradientOf(
  { x: shape, filter: filterShape, strides, pad }: Convolution,
  precision: Precision,
): { operations: string[]; gradient: number[]; expected: number[] } {
  return tf.tidy(() => {
    const x = tf.randomNormal(shape, 0, 1, "float32", 1) as tf.Tensor4D;
    const filter = tf.randomNormal(filterShape, 0, 1, "float32", 2) as tf.Tensor4D;
    const convolve = (filter: tf.Tensor) => tf.conv2d(x, filter as tf.Tensor4D, strides, pad);
    const y = convolve(filter);
    const dy = tf.randomNormal(y.shape, 0, 1, "float32", 3) as tf.Tensor4D;
    const padding = beforeOf(pad, y.shape, shape, filterShape, strides);
    const expected = filterGradient({ x, dy, filterShape, strides, padding });
    const { operations, value } = traced(precision, () => tf.grad(convolve)(filter, dy));
    return { operations, gradient: [...value.dataSync()], expected };
  });
}

/** Zeros above and to the left. */
function beforeOf(
  pad: Convolution["pad"],
  [, height, width]: readonly number[],
  [, rows, columns]: Four,
  [filterHeight, filterWidth]: Four,
  [down, right]: [number, number],
): [number, number] {
  if (pad === "valid") return [0, 0];
  if (pad !== "same") return [pad[1][0], pad[2][0]];
  const total = (outputs: number, stride: number, window: number, length: number) =>
    Math.max(0, (outputs - 1) * stride + window - length);
  return [
    Math.floor(total(height!, down, filterHeight, rows) / 2),
    Math.floor(total(width!, right, filterWidth, columns) / 2),
  ];
}

/** The definition: for each weight, the sum over images and positions of what it saw times the output's gradient. */
function filterGradient(
  { x, dy, filterShape, strides: [down, right], padding: [top, left] }: {
    readonly x: tf.Tensor4D;
    readonly dy: tf.Tensor4D;
    readonly filterShape: Four;
    readonly strides: readonly [number, number];
    readonly padding: readonly [number, number];
  },
): number[] {
  const [inputs, gradients] = [x.arraySync(), dy.arraySync()];
  const [filterHeight, filterWidth, channels, filters] = filterShape;
  const sums: number[] = [];
  for (let row = 0; row < filterHeight; row++) {
    for (let column = 0; column < filterWidth; column++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let filter = 0; filter < filters; filter++) {
          let sum = 0;
          gradients.forEach((image, index) =>
            image.forEach((line, i) =>
              line.forEach((values, j) => {
                const seen = inputs[index]![i * down + row - top]?.[j * right + column - left];
                if (seen) sum += seen[channel]! * values[filter]!;
              })
            )
          );
          sums.push(sum);
        }
      }
    }
  }
  return sums;
}

const CASES: Record<string, Convolution> = {
  "3x3": { x: [2, 5, 7, 3], filter: [3, 3, 3, 6], strides: [1, 1], pad: "same" },
  "3x3 with strides and PyTorch's padding": {
    x: [2, 8, 6, 3],
    filter: [3, 3, 3, 6],
    strides: [2, 2],
    pad: [[0, 0], [1, 1], [1, 1], [0, 0]],
  },
  "5x3, strides that differ": { x: [1, 9, 8, 2], filter: [5, 3, 2, 4], strides: [2, 1], pad: "same" },
  "patches": { x: [3, 8, 8, 2], filter: [4, 4, 2, 5], strides: [4, 4], pad: "valid" },
  "1x1": { x: [2, 6, 5, 3], filter: [1, 1, 3, 4], strides: [1, 1], pad: "valid" },
  "1x1 with strides": { x: [2, 7, 6, 3], filter: [1, 1, 3, 4], strides: [2, 2], pad: "valid" },
};

for (const [name, convolution] of Object.entries(CASES)) {
  nativeTest(`a filter's gradient in bfloat16 is one matrix product: ${name}`, () => {
    const { operations, gradient, expected } = gradientOf(convolution, "bfloat16");
    assert(operations.includes("MatMul") && !operations.includes("Conv2DBackpropFilter"), operations.join());
    const most = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, index) => Math.abs(value - gradient[index]!)));
    assertEquals(gradient.length, expected.length);
    assert(difference < 2e-6 * most, `${difference} of ${most}`);
  });
}

nativeTest("oneDNN's own gradient stays in float32, and where an output is large beside the filters", () => {
  const small = CASES["3x3"]!;
  assert(gradientOf(small, "float32").operations.includes("Conv2DBackpropFilter"));
  const large = gradientOf({ ...small, x: [2, 12, 12, 3] }, "bfloat16");
  assert(large.operations.includes("Conv2DBackpropFilter"), large.operations.join());
});
