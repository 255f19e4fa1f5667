import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { tensorflowBinding } from "../../../core/tensorflow/backend.ts";
import { classMaps } from "../../../core/explain/class_maps.ts";
import type { HeatMap } from "../../../core/explain/heat_map.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { smallModel } from "../../contract/_small_models.ts";
import { loadTensorflowFirst } from "../../core/tensorflow/_native.ts";
import { needing } from "../../_needing.ts";

const SIZE = 65, IMAGES = 2;
/** A residual net, nets with a normalisation or a convolution behind their pool, SAME padding, an attention's map, tokens. */
const MODELS = [
  "resnet18",
  "convnext_tiny",
  "convnextv2_atto",
  "tf_efficientnetv2_s",
  "mobilenetv4_conv_small",
  "attention",
  "vit_small_patch14_reg4_dinov2",
];
const registry = await loadPlugins([], ["models", "backends"]);

/** Tensors of TensorFlow.js and of TensorFlow itself. */
function countTensors(backend: string): number[] {
  return [tf.memory().numTensors, backend === "tensorflow" ? tensorflowBinding().getNumOfTensors() : 0];
}

/** Maps of one output for the first image and of two for the second, and that they leave nothing behind. */
async function mapsOn(backend: string): Promise<HeatMap[]> {
  const found: HeatMap[] = [];
  for (const name of MODELS) {
    const model = smallModel(registry.get("models", name), registry, { size: SIZE, channels: 3 });
    const pixels = Float32Array.from({ length: IMAGES * SIZE * SIZE * 3 }, (_, i) => Math.sin(i * i));
    const images = tf.tensor4d(pixels, [IMAGES, SIZE, SIZE, 3]);
    await classMaps(model, images, [[1], [0, 2]]);
    const before = countTensors(backend);
    const { maps } = await classMaps(model, images, [[1], [0, 2]]);
    assertEquals(countTensors(backend), before, `${name} on ${backend}`);
    found.push(...maps.flat());
    images.dispose();
    model.dispose();
  }
  return found;
}

Deno.test({
  name: "heat maps agree between the backends and leave no tensor behind",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(context) {
    await loadTensorflowFirst();
    await tf.setBackend("cpu");
    const wanted = await mapsOn("cpu");
    assert(wanted.some(({ values }) => values.some((value) => value > 0)));
    for (const name of ["tensorflow", "webgpu", "wasm"]) {
      const backend = registry.get("backends", name).create({}, { threads: 1 });
      await context.step({
        ...needing(name, await backend.unavailable()),
        fn: async () => {
          await backend.start();
          for (const [index, { values }] of (await mapsOn(name)).entries()) {
            const tolerance = 1e-3 * Math.max(...wanted[index]!.values);
            values.forEach((value, i) => assertAlmostEquals(value, wanted[index]!.values[i]!, tolerance));
          }
        },
      });
    }
  },
});
