import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { exportTfjs } from "../../../core/export/tfjs.ts";
import { assertSameLogits, CASES, logitsOf, makeModel, pictures } from "./_models.ts";

await tf.setBackend("cpu");

for (const [name, size, params] of CASES) {
  Deno.test(`TensorFlow.js's own layers give the logits of ${name}`, async () => {
    const model = makeModel(name, size, params);
    const { topology, weights } = await exportTfjs(model);
    const { modelTopology, weightsManifest } = JSON.parse(topology);
    assert(!topology.includes("Podium", topology.indexOf("modelTopology")));
    const weightSpecs = weightsManifest[0].weights;
    const loaded = await tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology, weightSpecs, weightData: weights.buffer }),
    );
    const logits = tf.tidy(() =>
      (loaded.predict(tf.tensor4d(pictures(size), [2, size, size, 4])) as tf.Tensor).dataSync()
    );
    assertSameLogits(logits, logitsOf(model, size));
    loaded.dispose();
    model.dispose();
  });
}

Deno.test("exporting leaves no tensor behind", async () => {
  const [name, size, params] = CASES[0]!;
  const model = makeModel(name, size, params);
  const before = tf.memory().numTensors;
  await exportTfjs(model);
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
});
