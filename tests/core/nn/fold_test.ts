import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertLess } from "@std/assert";
import { disposeFolded, foldBatchNorms } from "../../../core/nn/fold.ts";
import { namedBuffers, namedVariables } from "../../../core/nn/named_variables.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { Random } from "../../../core/base/random.ts";
import { createModel } from "../../../core/experiment/create_model.ts";

const registry = await loadPlugins([], ["models"]);
await tf.setBackend("cpu");

/** Statistics and affine parameters as after some training: far from the identity that a new model has. */
function unsettle(model: tf.LayersModel): void {
  const random = new Random(3, "fold");
  for (const variables of [namedBuffers(model), namedVariables(model)]) {
    for (const [name, variable] of variables) {
      if (variable.rank !== 1) continue;
      const positive = name.endsWith("var");
      const values = Float32Array.from(
        { length: variable.size },
        () => random.uniform(positive ? 0.5 : -0.5, 1.5),
      );
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    }
  }
}

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).div(tf.max(tf.abs(b))).dataSync()[0]!);
  return difference;
}

/** Small ones of every kind: plain, bottleneck, grouped, depthwise with silu, attention head. */
const MODELS: readonly (readonly [name: string, params: Record<string, unknown>, size: number])[] = [
  ["resnet18", { width: 8 }, 33],
  ["resnet50", { width: 8 }, 32],
  ["attention", { cnn: "resnet18", cnn_params: { width: 8 }, attention_size: 2 }, 32],
  ["efficientnet_b0", {}, 32],
  ["tf_efficientnetv2_s", { width_multiplier: 0.125 }, 45],
  ["mobilenetv4_conv_small", { width_multiplier: 0.25 }, 45],
];

for (const [name, params, size] of MODELS) {
  Deno.test(`${name} with folded normalisations gives the same logits, and frees what it made`, () => {
    const empty = tf.memory().numTensors;
    const model = createModel({ model: { name, params }, seed: 1 }, registry, {
      classes: 3,
      channels: 4,
      size,
    });
    unsettle(model);
    const images = tf.randomUniform([2, size, size, 4], -1, 1, "float32", 1);
    const wanted = model.apply(images, { training: false }) as tf.Tensor;
    const before = tf.memory().numTensors;
    const folded = foldBatchNorms(model);
    const actual = folded.apply(images, { training: false }) as tf.Tensor;
    assertLess(largestDifference(actual, wanted), 1e-4);
    actual.dispose();
    disposeFolded(folded);
    assertEquals(tf.memory().numTensors, before);
    const again = model.apply(images, { training: false }) as tf.Tensor;
    assertEquals(largestDifference(again, wanted), 0, "the model itself is not changed");
    tf.dispose([images, wanted, again]);
    model.dispose();
    assertEquals(tf.memory().numTensors, empty, "the copy does not keep the model alive");
  });
}

Deno.test("every normalisation of a residual network is folded", () => {
  const params = { width: 8 };
  const model = createModel({ model: { name: "resnet18", params }, seed: 1 }, registry, {
    classes: 3,
    channels: 4,
    size: 32,
  });
  const names = foldBatchNorms(model).layers.map((layer) => layer.getClassName());
  assert(!names.includes("PodiumBatchNorm"));
  assertEquals(names.filter((name) => name === "PodiumFoldedConv").length, 20);
});
