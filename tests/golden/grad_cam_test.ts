import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { classMaps } from "../../core/explain/class_maps.ts";
import { gradCam } from "../../core/explain/grad_cam.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { startWasm } from "../../core/wasm/start.ts";
import references from "../fixtures/nn/grad_cam.json" with { type: "json" };
import { formulaPicture } from "./formula.ts";
import { formulaModel } from "./formula_model.ts";

const CLASSES = 5, CHANNELS = 3, BATCH = 2;
/** Of values in 0..1. */
const TOLERANCE = 1e-3;

/** What grad_cam.py wrote of a model: the size of the pictures, the distance of the kept values, maps. */
interface Reference {
  readonly size: number;
  readonly step: number;
  readonly found: readonly {
    readonly image: number;
    readonly target: number;
    /** `[rows, cols]` of the feature map. */
    readonly map: number[][];
    /** Every `step`-th row and column of the map of the picture's size. */
    readonly resized: number[][];
  }[];
}

function assertNear(actual: ArrayLike<number>, expected: readonly number[], largest = 1): void {
  assertEquals(actual.length, expected.length);
  for (const [i, wanted] of expected.entries()) {
    assert(Math.abs(actual[i]! - wanted) <= TOLERANCE * largest, `[${i}]: ${actual[i]}, wanted ${wanted}`);
  }
}

const registry = await loadPlugins([], ["models"]);
for (const [name, { size, step, found }] of Object.entries<Reference>(references)) {
  Deno.test(`the maps of ${name} are pytorch-grad-cam's`, async () => {
    await startWasm();
    const model = formulaModel(registry, name, { size, classes: CLASSES, channels: CHANNELS });
    const pixels = formulaPicture(size, { batch: BATCH, channels: CHANNELS });
    const images = tf.tensor4d(pixels, [BATCH, size, size, CHANNELS]);
    const targets = [...new Set(found.map(({ target }) => target))];
    const { maps } = await classMaps(model, images, [targets, targets]);
    for (const { image, target, map, resized } of found) {
      const own = maps[image]![targets.indexOf(target)]!;
      assertEquals([own.rows, own.cols], [map.length, map[0]!.length]);
      assertNear(own.values, map.flat(), Math.max(...map.flat()));
      const input = pixels.slice(image * size * size * CHANNELS, (image + 1) * size * size * CHANNELS);
      const whole = await gradCam(model, input, { target });
      const kept = whole.filter((_, i) => Math.floor(i / size) % step === 0 && i % size % step === 0);
      assertNear(kept, resized.flat());
    }
    images.dispose();
    model.dispose();
  });
}
