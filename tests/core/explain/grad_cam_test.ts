import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { classMaps } from "../../../core/explain/class_maps.ts";
import { gradCam } from "../../../core/explain/grad_cam.ts";
import { normalizeMap } from "../../../core/explain/heat_map.ts";
import { MAP_SIDE, patches, patchNet, SIDE } from "./_patches.ts";

await tf.setBackend("cpu");
const PICTURE = patches({ red: [0, 1], green: [3, 2] });
const [RED_AT, GREEN_AT] = [1, 3 * MAP_SIDE + 2];

async function mapOf(head: "average" | "attention", target: number): Promise<Float32Array> {
  const model = patchNet(head), image = tf.tensor4d(PICTURE, [1, SIDE, SIDE, 3]);
  const { maps } = await classMaps(model, image, [[target]]);
  tf.dispose(image);
  model.dispose();
  return maps[0]![0]!.values;
}

/** Values that are zero but at some places. */
function sparse(at: Readonly<Record<number, number>>): Float32Array {
  return Float32Array.from({ length: MAP_SIDE ** 2 }, (_, i) => at[i] ?? 0);
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assertEquals(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) assertAlmostEquals(actual[i]!, expected[i]!, 1e-6);
}

describe("Grad-CAM of a net whose classes are colours", () => {
  it("is the class's weight of the colour over the number of positions, where the colour is", async () => {
    assertNear(await mapOf("average", 0), sparse({ [RED_AT]: 2 / 16 }));
    assertNear(await mapOf("average", 1), sparse({ [GREEN_AT]: 5 / 16 }));
  });
  it("is empty for a class of which nothing is there", async () => {
    assertNear(await mapOf("average", 2), sparse({}));
    const model = patchNet("average");
    assertEquals(await gradCam(model, PICTURE, { target: 2 }), new Float32Array(SIDE * SIDE));
    model.dispose();
  });
  it("is brightest on the patch after it was resized to the picture", async () => {
    const model = patchNet("average");
    for (const [target, [row, col]] of [[0, 1], [3, 2]].entries()) {
      const map = await gradCam(model, PICTURE, { target });
      for (let y = 0; y < SIDE; y++) {
        for (let x = 0; x < SIDE; x++) {
          const away = Math.max(Math.abs(y - 4 * row! - 1.5), Math.abs(x - 4 * col! - 1.5));
          const value = map[y * SIDE + x]!;
          // On the patch at least half as bright as in its middle along each axis; a patch's width away, dark.
          if (away < 2) assert(value >= 0.25, `${target}: ${value} at ${y}, ${x}`);
          if (away > 4) assertEquals(value, 0);
        }
      }
      assertEquals(Math.max(...map), 1);
    }
    model.dispose();
  });
});

describe("the map of a model with an attention head", () => {
  it("is the softmax of the class's attention", async () => {
    const powers = sparse({ [RED_AT]: -3, [GREEN_AT]: 5 }).map(Math.exp);
    const sum = powers.reduce((total, value) => total + value);
    assertNear(await mapOf("attention", 1), powers.map((value) => value / sum));
  });
});

describe("models of other makes", () => {
  it("are read at the last tensor with rows and columns", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 2, kernelSize: 3, activation: "relu" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const picture = Float32Array.from({ length: 36 }, (_, i) => Math.sin(i));
    assertEquals((await gradCam(model, picture, { target: 1 })).length, 36);
    model.dispose();
  });
  it("are refused without such a tensor", async () => {
    const layers = [tf.layers.flatten({ inputShape: [6, 6, 1] }), tf.layers.dense({ units: 2 })];
    const model = tf.sequential({ layers, name: "flat" });
    const map = () => gradCam(model, new Float32Array(36), { target: 1 });
    const { kind, message } = await assertRejects(map, Problem, "the model flat looks at");
    assertEquals(kind, "config", message);
    model.dispose();
  });
});

describe("wrong targets", () => {
  it("are refused, and leave no tensor behind", async () => {
    const model = patchNet("average"), image = tf.tensor4d(PICTURE, [1, SIDE, SIDE, 3]);
    const before = tf.memory().numTensors;
    for (const target of [-1, 3, 0.5]) {
      await assertRejects(() => classMaps(model, image, [[target]]), RangeError, `Target ${target} is none`);
    }
    await assertRejects(
      () => classMaps(model, image, [[0], [1]]),
      RangeError,
      "2 lists of targets, 1 images",
    );
    assertEquals(tf.memory().numTensors, before);
    image.dispose();
    model.dispose();
  });
});

describe("normalizeMap", () => {
  it("makes zeros of a map that is the same everywhere", () => {
    const map = { rows: 1, cols: 2, values: Float32Array.of(3, 3) };
    assertEquals(normalizeMap(map).values, new Float32Array(2));
  });
});
