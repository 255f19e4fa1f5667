import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { classMaps } from "../../core/explain/class_maps.ts";
import { gradCam } from "../../core/explain/grad_cam.ts";
import { lastMap } from "../../core/nn/features.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { startWasm } from "../../core/wasm/start.ts";
import { smallestSize, smallModel } from "./_small_models.ts";

const CLASSES = 3, IMAGES = 2;
const registry = await loadPlugins([], ["models"]);
await startWasm();

function outputOf(model: tf.LayersModel, images: tf.Tensor4D): Float32Array {
  return tf.tidy(() => {
    const outputs = model.apply(images, { training: false }) as tf.Tensor | tf.Tensor[];
    return (Array.isArray(outputs) ? outputs[0]! : outputs).dataSync() as Float32Array;
  });
}

for (const plugin of registry.list("models")) {
  const size = smallestSize(plugin.name) + 62, channels = 4;
  const make = () => smallModel(plugin, registry, { size, channels, classes: CLASSES });
  const pictures = () => tf.randomNormal<tf.Rank.R4>([IMAGES, size, size, channels], 0, 1, "float32", 5);

  Deno.test(`${plugin.name} gives a map of its last map's size for any output, and its logits`, async () => {
    const model = make(), images = pictures();
    const { rows, cols } = lastMap(model)!;
    assert(rows > 1 && cols > 1);
    const { logits, maps } = await classMaps(model, images, [[0, 2, 1], [1]]);
    assertEquals(maps.map(({ length }) => length), [3, 1]);
    for (const map of maps.flat()) {
      assertEquals([map.rows, map.cols, map.values.length], [rows, cols, rows * cols]);
      assert(map.values.every((value) => Number.isFinite(value) && value >= 0));
    }
    outputOf(model, images).forEach((value, i) => assertAlmostEquals(logits[i]!, value, 1e-4));
    images.dispose();
    model.dispose();
  });

  Deno.test(`${plugin.name} gives one image alone what it gives it among others, in 0..1`, async () => {
    const model = make(), images = pictures();
    const { maps } = await classMaps(model, images, [[0], [2]]);
    const one = tf.tidy(() => images.slice([1], [1]));
    const alone = await classMaps(model, one as tf.Tensor4D, [[0, 2]]);
    const largest = Math.max(...alone.maps[0]![1]!.values);
    maps[1]![0]!.values.forEach((value, i) =>
      assertAlmostEquals(value, alone.maps[0]![1]!.values[i]!, 1e-4 * largest + 1e-9)
    );
    const whole = await gradCam(model, await one.data() as Float32Array, { target: 2 });
    assertEquals(whole.length, size * size);
    assert(whole.every((value) => value >= 0 && value <= 1));
    assertEquals(largest > 0 && Math.max(...whole) === 1, largest > 0);
    tf.dispose([images, one]);
    model.dispose();
  });

  Deno.test(`${plugin.name} leaves no tensor behind after a map`, async () => {
    const model = make(), images = pictures();
    const before = tf.memory().numTensors;
    await classMaps(model, images, [[0, 1], [1]]);
    assertEquals(tf.memory().numTensors, before);
    images.dispose();
    model.dispose();
  });
}
