import * as tf from "@tensorflow/tfjs";
import { batchNormTraining } from "../../../core/nn/kernels/batch_norm_training.ts";
import { fusedConv2d } from "../../../core/nn/kernels/fused_conv.ts";
import { groupedConv2d } from "../../../core/nn/kernels/grouped_conv.ts";
import { activate } from "../../../core/nn/layers/activations.ts";
import { normalize } from "../../../core/nn/layers/layer_norm.ts";
import { SelfAttention } from "../../../core/nn/layers/self_attention.ts";
import { FirstToken } from "../../../core/nn/layers/tokens.ts";
import type { Registry } from "../../../core/plugin/registry.ts";
import { Random } from "../../../core/base/random.ts";
import { applyAdam, applySgd } from "../../../core/nn/kernels/update_kernels.ts";
import { softplus } from "../../../core/nn/softplus.ts";

/** An operation of the models with the shapes of its inputs; its result and gradients are compared between backends. */
export interface OperationCase {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** False for operations without a gradient, such as optimizer updates. */
  readonly differentiable?: boolean;
}

type Padding = number | "valid" | "same" | [
  [number, number],
  [number, number],
  [number, number],
  [number, number],
];

function both(sides: number): Padding {
  return [[0, 0], [sides, sides], [sides, sides], [0, 0]];
}

function convolution(
  size: number,
  settings: { kernel: number; stride: number; pad: Padding },
): OperationCase {
  const { kernel, stride, pad } = settings;
  const padding = typeof pad !== "object" ? pad : `${pad[1][0]} explicit`;
  return {
    name: `conv2d ${kernel}x${kernel} of ${size} px, stride ${stride}, padding ${padding}`,
    shapes: [[2, size, size, 5], [kernel, kernel, 5, 7]],
    run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
  };
}

function convolutions(): OperationCase[] {
  const cases: OperationCase[] = [];
  for (const size of [8, 9]) {
    for (const stride of [1, 2]) {
      for (const [kernel, side] of [[1, 0], [3, 1], [5, 2], [7, 3]] as const) {
        cases.push(convolution(size, { kernel, stride, pad: both(side) }));
      }
      cases.push(convolution(size, { kernel: 3, stride, pad: 1 }));
      cases.push(convolution(size, { kernel: 3, stride, pad: "valid" }));
      cases.push(convolution(size, { kernel: 3, stride, pad: "same" }));
      cases.push(convolution(size, { kernel: 3, stride, pad: [[0, 0], [0, 1], [2, 0], [0, 0]] }));
    }
  }
  return cases;
}

/** Depthwise and grouped convolutions, and one with bias and relu fused to it. */
function otherConvolutions(): OperationCase[] {
  const cases: OperationCase[] = [];
  for (const size of [8, 9]) {
    for (const stride of [1, 2]) {
      const shape = [2, size, size, 6];
      cases.push({
        name: `depthwise conv2d 3x3 of ${size} px, stride ${stride}`,
        shapes: [shape, [3, 3, 6, 1]],
        run: (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, both(1)),
      }, {
        name: `grouped conv2d 3x3 of ${size} px, stride ${stride}`,
        shapes: [shape, [3, 3, 2, 9]],
        run: (x, filter) =>
          groupedConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, {
            groups: 3,
            strides: [stride, stride],
            padding: [1, 1, 1, 1],
          }),
      });
      for (const relu of [false, true]) {
        for (const residual of [false, true]) cases.push(foldedConvolution({ size, stride, relu, residual }));
      }
      for (const activation of ["linear", "relu"] as const) {
        cases.push(fusedConvolution({ size, stride, activation }));
      }
    }
  }
  return cases;
}

function foldedConvolution(
  { size, stride, relu, residual }: { size: number; stride: number; relu: boolean; residual: boolean },
): OperationCase {
  const side = Math.ceil(size / stride);
  const extras = `${relu ? ", relu" : ""}${residual ? ", residual" : ""}`;
  return {
    name: `folded conv2d of ${size} px, stride ${stride}${extras}`,
    shapes: [[2, size, size, 5], [3, 3, 5, 7], [7], ...(residual ? [[2, side, side, 7]] : [])],
    differentiable: false,
    run: (x, filter, bias, other) =>
      fusedConv2d({
        x: x as tf.Tensor4D,
        filter: filter as tf.Tensor4D,
        bias: bias as tf.Tensor1D,
        ...(other ? { residual: other as tf.Tensor4D } : {}),
      }, { strides: [stride, stride], padding: [1, 1, 1, 1], relu }),
  };
}

function fusedConvolution(
  { size, stride, activation }: { size: number; stride: number; activation: "linear" | "relu" },
): OperationCase {
  return {
    name: `conv2d of ${size} px, stride ${stride}, with bias and ${activation} fused`,
    shapes: [[2, size, size, 5], [3, 3, 5, 7], [7]],
    differentiable: false,
    run: (x, filter, bias) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: filter as tf.Tensor4D,
        bias: bias!,
        strides: stride,
        pad: both(1),
        activation,
      }),
  };
}

function pools(): OperationCase[] {
  return [8, 9].flatMap((size) =>
    [1, 2].flatMap((stride) => [
      {
        name: `maxPool 3x3 of ${size} px, stride ${stride}, padded below everything`,
        shapes: [[2, size, size, 3]],
        run: (x: tf.Tensor) =>
          tf.maxPool(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], -3.4e38) as tf.Tensor4D, 3, stride, "valid"),
      },
      {
        name: `avgPool 3x3 of ${size} px, stride ${stride}`,
        shapes: [[2, size, size, 3]],
        run: (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 3, stride, "valid"),
      },
    ])
  );
}

function batchNorm(shape: readonly number[]): OperationCase {
  const channels = [shape.at(-1)!];
  return {
    name: `batch normalisation in training of [${shape.join(", ")}]`,
    shapes: [shape, channels, channels],
    run: (x, scale, offset) => {
      const state = { runningMean: tf.fill(channels, 0.5), runningVar: tf.fill(channels, 2) };
      const { y, runningMean, runningVar } = batchNormTraining(
        { x: x!, scale: scale!, offset: offset!, ...state },
        { epsilon: 1e-5, momentum: 0.1 },
      );
      return [y, runningMean, runningVar];
    },
  };
}

const ELEMENTWISE: readonly OperationCase[] = [
  { name: "relu", shapes: [[2, 5, 5, 3]], run: (x) => tf.relu(x!) },
  { name: "sigmoid", shapes: [[4, 7]], run: (x) => tf.sigmoid(x!) },
  { name: "gelu", shapes: [[2, 5, 8]], run: (x) => activate(x!, "gelu") },
  {
    name: "layer normalisation of tokens",
    shapes: [[2, 5, 8], [8], [8]],
    run: (x, weight, bias) => normalize(x!, { weight: weight!, bias: bias!, epsilon: 1e-6 }),
  },
  {
    name: "self-attention",
    shapes: [[2, 7, 24]],
    run: (x) => new SelfAttention({ name: "attention", seed: 1, heads: 2, prefix: 1 }).call(x!),
  },
  { name: "first token", shapes: [[2, 7, 4]], run: (x) => new FirstToken({ name: "first" }).call(x!) },
  { name: "softplus", shapes: [[4, 7]], run: (x) => softplus(x!) },
  { name: "softmax", shapes: [[4, 7]], run: (x) => tf.softmax(x as tf.Tensor2D) },
  { name: "logSoftmax", shapes: [[4, 7]], run: (x) => tf.logSoftmax(x as tf.Tensor2D) },
  { name: "add with a bias", shapes: [[4, 7], [7]], run: (x, bias) => tf.add(x!, bias!) },
  { name: "mul", shapes: [[4, 7], [4, 7]], run: (a, b) => tf.mul(a!, b!) },
  { name: "square, sum over an axis", shapes: [[4, 7]], run: (x) => tf.sum(tf.square(x!), 1) },
  { name: "mean over positions", shapes: [[2, 5, 4, 3]], run: (x) => tf.mean(x!, [1, 2]) },
  { name: "pad", shapes: [[2, 4, 5, 3]], run: (x) => tf.pad(x!, [[0, 0], [1, 2], [3, 0], [0, 0]]) },
  { name: "slice", shapes: [[2, 6, 5, 3]], run: (x) => tf.slice(x!, [0, 1, 2, 0], [2, 4, 3, 3]) },
  { name: "concat", shapes: [[2, 3, 3, 2], [2, 3, 3, 4]], run: (a, b) => tf.concat([a!, b!], 3) },
  { name: "reshape", shapes: [[2, 6]], run: (x) => tf.reshape(x!, [3, 4]) },
  { name: "transpose", shapes: [[2, 3, 4]], run: (x) => tf.transpose(x!, [2, 0, 1]) },
  { name: "reverse", shapes: [[2, 3, 4]], run: (x) => tf.reverse(x!, [1, 2]) },
  { name: "matMul", shapes: [[5, 4], [4, 7]], run: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) },
  {
    name: "matMul of transposed",
    shapes: [[4, 5], [7, 4]],
    run: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, true, true),
  },
  {
    name: "batch normalisation in inference",
    shapes: [[2, 5, 5, 3], [3], [3]],
    run: (x, scale, offset) =>
      tf.batchNorm(
        x as tf.Tensor4D,
        tf.tensor1d([0.1, -0.2, 0.3]),
        tf.tensor1d([1, 0.5, 2]),
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-5,
      ),
  },
];

const ADAM = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.1,
  decoupled: false,
  step: 3,
  consumes: false,
};

const SGD = { learningRate: 0.01, momentum: 0.9, nesterov: true, weightDecay: 0.1, consumes: false };

function adam(changes: Partial<typeof ADAM>): OperationCase {
  return {
    name: `Adam update ${JSON.stringify(changes)}`,
    shapes: [[3, 5], [3, 5], [3, 5], [3, 5]],
    differentiable: false,
    run: (parameter, gradient, expAvg, raw) =>
      applyAdam({ parameter: parameter!, gradient: gradient!, expAvg: expAvg!, expAvgSq: tf.square(raw!) }, {
        ...ADAM,
        ...changes,
      }),
  };
}

function sgd(changes: Partial<typeof SGD>): OperationCase {
  return {
    name: `SGD update ${JSON.stringify(changes)}`,
    shapes: [[3, 5], [3, 5], [3, 5]],
    differentiable: false,
    run: (parameter, gradient, momentumBuffer) =>
      applySgd(
        { parameter: parameter!, gradient: gradient!, momentumBuffer: momentumBuffer! },
        { ...SGD, ...changes },
      ),
  };
}

/** Every operation that the models, losses and optimizers use, at even and odd sizes and strides 1 and 2. */
export const OPERATIONS: readonly OperationCase[] = [
  ...convolutions(),
  ...otherConvolutions(),
  ...pools(),
  ...[[2, 5, 5, 3], [3, 4, 6, 8], [6, 5], [2, 4, 3]].map(batchNorm),
  ...ELEMENTWISE,
  ...[{}, { weightDecay: 0 }, { decoupled: true }, { step: 1 }, { beta1: 0 }].map(adam),
  ...[{}, { nesterov: false }, { weightDecay: 0 }, { momentum: 0, nesterov: false }].map(sgd),
];

/** Targets of 2 by 3 logits: one, several and mixed labels. */
const TARGETS = [[1, 0, 0], [0.25, 0.75, 1]];

/** Losses of training: values and gradients with respect to the logits. */
export function lossCases(registry: Registry): OperationCase[] {
  return registry.list("losses").map((plugin) => ({
    name: plugin.name,
    shapes: [[2, 3]],
    run: (x) => {
      const loss = registry.get("losses", plugin.name).create({}, { classes: 3, target: "class_set" });
      return tf.tidy(() => loss.compute(x as tf.Tensor2D, tf.tensor2d(TARGETS)));
    },
  }));
}

/** The same numbers for a case on every backend; never near 0, where relu's gradient jumps. */
function inputsOf(test: OperationCase): tf.Tensor[] {
  const random = new Random(7, test.name);
  return test.shapes.map((shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const values = Float32Array.from({ length: size }, () => {
      const value = random.uniform(-2, 2);
      return Math.abs(value) < 0.01 ? value + 0.05 : value;
    });
    return tf.tensor(values, [...shape]);
  });
}

function resultsOf(test: OperationCase): tf.Tensor[] {
  const inputs = inputsOf(test);
  const made = test.run(...inputs);
  const results = Array.isArray(made) ? made : [made];
  if (test.differentiable === false) return results;
  const weighted = (...given: tf.Tensor[]) => {
    const output = test.run(...given);
    const y = Array.isArray(output) ? output[0]! : output;
    // Unequal weights, so that a gradient in the wrong place shows.
    return tf.sum(tf.mul(y, tf.reshape(tf.cos(tf.range(0, y.size)), y.shape))) as tf.Scalar;
  };
  return [...results, ...tf.grads(weighted)(inputs)];
}

/** Values and gradients of a case on the current backend. */
export async function compute(test: OperationCase): Promise<Float32Array[]> {
  const results = tf.tidy(() => resultsOf(test));
  const values = await Promise.all(results.map((tensor) => tensor.data()));
  tf.dispose(results);
  return values as Float32Array[];
}

/** The largest difference, relative to the largest wanted value where that is above 1. */
export function difference(actual: Float32Array, wanted: Float32Array): number {
  let worst = 0, scale = 1;
  for (let index = 0; index < wanted.length; index++) {
    worst = Math.max(worst, Math.abs(actual[index]! - wanted[index]!));
    scale = Math.max(scale, Math.abs(wanted[index]!));
  }
  return actual.length === wanted.length && !actual.some(Number.isNaN) ? worst / scale : Infinity;
}
