import { assertAlmostEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { namedVariables } from "../../../core/nn/named_variables.ts";
import { createModel } from "../../../core/experiment/create_model.ts";
import { backwardPass } from "../../../core/train/backward_pass.ts";
import { loadModelWeights, modelWeights } from "../../../core/weights/model_weights.ts";
import type { StoredTensor } from "../../../core/weights/safetensors.ts";
import golden from "../../fixtures/train/adam_steps.json" with { type: "json" };
import { tinyConfig, tinyRegistry } from "../train/_tiny.ts";

const { size, channels, classes, batch } = golden;

function startTensors(): Map<string, StoredTensor> {
  return new Map(
    Object.entries(golden.start).map(([name, { shape, data }]) => {
      const counter = name.endsWith("num_batches_tracked");
      const values = counter ? BigInt64Array.from(data.map(BigInt)) : Float32Array.from(data);
      return [name, { dtype: counter ? "I64" : "F32", shape, data: new Uint8Array(values.buffer) }];
    }),
  );
}

for (const backend of ["cpu", "wasm"]) {
  Deno.test(`20 Adam steps on ${backend} have PyTorch's losses, weights and running statistics`, async () => {
    const registry = await tinyRegistry();
    await registry.get("backends", backend).create({}, { threads: 1 }).start();
    const config = tinyConfig("unused");
    const model = createModel(config, registry, { size, channels, classes });
    loadModelWeights(model, startTensors());
    const variables = namedVariables(model);
    const optimizer = registry.get("optimizers", "adam").create({ lr: 0.01 }, { variables });
    const loss = registry.get("losses", "binary_focal_loss").create({}, { classes, target: "class_set" });
    for (const [step, expected] of golden.losses.entries()) {
      const pixels = Float32Array.from(golden.images[step]!, (value) => value / 100);
      const images = tf.tensor4d(pixels, [batch, size, size, channels]);
      const labels = tf.tensor2d(Float32Array.from(golden.labels[step]!), [batch, classes]);
      const pass = backwardPass({ model, loss, variables }, { images, labels });
      optimizer.step(pass.gradients, 0.01);
      const [value] = await pass.loss.data();
      assertAlmostEquals(value! / expected, 1, 1e-4, `loss of step ${step}`);
      tf.dispose([images, labels, pass.loss, pass.logits, pass.gradients]);
    }
    const end = new Map(Object.entries(golden.end));
    for (const [name, { data }] of await modelWeights(model)) {
      const tolerance = name.includes("running") ? 1e-5 : 1e-4;
      data.forEach((value, i) => assertAlmostEquals(Number(value), end.get(name)![i]!, tolerance, name));
    }
  });
}
