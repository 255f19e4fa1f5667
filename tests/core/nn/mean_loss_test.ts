import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals } from "@std/assert";
import type { Loss } from "../../../core/plugin/contracts.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { Random } from "../../../core/base/random.ts";
import { softplus } from "../../../core/nn/softplus.ts";

await tf.setBackend("cpu");
const registry = await loadPlugins([], ["losses"]);

type Compute = Loss["compute"];

/** Losses as sums of operations that TensorFlow.js differentiates one by one. */
const COMPOSED: Readonly<Record<string, { params: Record<string, number>; compute: Compute }[]>> = {
  cross_entropy: [{
    params: {},
    compute: (x, y) => softplus(x).sub(x.mul(y)).mean(),
  }],
  binary_focal_loss: [0, 0.5, 2].map((gamma) => ({ params: { gamma }, compute: focal(gamma) })),
  softmax_cross_entropy: [0, 0.1].map((label_smoothing) => ({
    params: { label_smoothing },
    compute: softmax(label_smoothing),
  })),
};

function focal(gamma: number): Compute {
  return (x, y) => {
    const [off, on] = [softplus(x), softplus(x.neg())];
    const [missed, raised] = [off.mul(-gamma).exp().mul(on), on.mul(-gamma).exp().mul(off)];
    return missed.mul(y).add(raised.mul(tf.sub(1, y))).mean();
  };
}

function softmax(smoothing: number): Compute {
  return (x, y) => {
    const total = y.sum(1, true);
    const spread = total.greater(0).cast("float32").mul(smoothing / y.shape[1]);
    const targets = y.div(total.maximum(1e-12)).mul(1 - smoothing).add(spread);
    return targets.mul(tf.logSoftmax(x)).sum(1).neg().mean();
  };
}

/** Rows without a label, with one, with several, and with mixed ones. */
const LABELS = [[0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 1, 1], [0.3, 0, 0, 0.7], [0, 0.2, 0, 0]];

function evaluate(compute: Compute, logits: number[][]): number[] {
  return tf.tidy(() => {
    const labels = tf.tensor2d(LABELS);
    // A factor, as auxiliary outputs have one, must reach the gradient.
    const loss = (x: tf.Tensor) => compute(x as tf.Tensor2D, labels).mul(0.4);
    const { value, grad } = tf.valueAndGrad(loss)(tf.tensor2d(logits));
    return [...value.dataSync(), ...grad.dataSync()];
  });
}

for (const [name, variants] of Object.entries(COMPOSED)) {
  for (const { params, compute } of variants) {
    Deno.test(`${name} ${JSON.stringify(params)} equals its composed form, gradients included`, () => {
      const { compute: fused } = registry.get("losses", name).create(params, {
        classes: 4,
        target: "class_set",
      });
      for (const reach of [1, 30]) {
        const random = new Random(3, name, reach);
        const logits = LABELS.map((row) => row.map(() => random.uniform(-reach, reach)));
        const [actual, wanted] = [evaluate(fused, logits), evaluate(compute, logits)];
        wanted.forEach((value, i) => {
          assertAlmostEquals(actual[i]!, value, 1e-6 * Math.max(1, Math.abs(value)));
        });
        assert(wanted.some((value) => value !== 0));
      }
    });
  }
}
