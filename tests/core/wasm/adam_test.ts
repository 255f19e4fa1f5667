import * as tf from "@tensorflow/tfjs";
import { assert } from "@std/assert";
import { type AdamAttributes, applyAdam, composedAdam } from "../../../core/nn/kernels/update_kernels.ts";
import { startWasm } from "../../../core/wasm/start.ts";

const PLAIN: AdamAttributes = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  decoupled: false,
  step: 3,
  consumes: false,
};

for (
  const changed of [{}, { weightDecay: 0.1 }, { weightDecay: 0.1, decoupled: true }, {
    step: 1,
    epsilon: 0.1,
  }]
) {
  Deno.test(`one pass of Adam equals the composed one with ${JSON.stringify(changed)}`, async () => {
    await startWasm();
    tf.tidy(() => {
      const random = (seed: number) => tf.randomNormal([7, 5], 0, 1, "float32", seed);
      const inputs = {
        parameter: random(1),
        gradient: random(2),
        expAvg: random(3),
        expAvgSq: random(4).abs(),
      };
      const attributes = { ...PLAIN, ...changed };
      const expected = composedAdam(inputs, attributes);
      applyAdam(inputs, attributes).forEach((actual, i) => {
        const difference = actual.sub(expected[i]!).abs().max().dataSync()[0]!;
        assert(difference < 1e-6, `output ${i}: ${difference}`);
      });
    });
  });
}
