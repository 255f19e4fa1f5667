import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { Problem } from "../../core/base/problem.ts";
import { classMaps } from "../../core/explain/class_maps.ts";
import { withoutInitialValues } from "../../core/nn/layers/module_layer.ts";
import { namedVariables } from "../../core/nn/named_variables.ts";
import { resamplePositions } from "../../core/nn/resample_positions.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { startWasm } from "../../core/wasm/start.ts";
import { adaptWeights } from "../../core/weights/pretrained.ts";
import { loadModelWeights, modelWeights } from "../../core/weights/model_weights.ts";
import type { StoredTensor } from "../../core/weights/safetensors.ts";
import { formulaLabels, formulaPicture, formulaWeight, noise } from "./formula.ts";
import { formulaModel } from "./formula_model.ts";

const CLASSES = 5, BATCH = 2;
const registry = await loadPlugins([], ["models", "optimizers"]);
await startWasm();

/** What vit_reference.py found. */
interface Reference {
  /** By name: logits by the side of the pictures, shapes of a file's tensors. */
  readonly models: Readonly<
    Record<string, { logits: Record<string, number[]>; shapes: Record<string, number[]> }>
  >;
  /** By name: losses of 20 steps of Adam. */
  readonly adam: Readonly<
    Record<string, { width: number; channels: number; size: number; batch: number; losses: number[] }>
  >;
  /** By name: heat maps of one picture by class. */
  readonly heat_maps: Readonly<Record<string, { size: number; maps: Record<string, number[]> }>>;
  readonly positions: readonly { side: number; to: number; values: number[] }[];
}

async function readReference(): Promise<Reference> {
  const path = join(import.meta.dirname!, "..", "fixtures", "nn", "vit.json.gz");
  const packed = new Blob([await Deno.readFile(path)]).stream();
  return await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).json();
}

const reference = await readReference();

function assertNear(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((wanted, i) => {
    const difference = Math.abs(actual[i]! - wanted);
    assert(difference <= tolerance, `[${i}]: ${actual[i]}, timm ${wanted}, difference ${difference}`);
  });
}

/** A file with timm's names. */
function timmTensors(name: string): Map<string, StoredTensor> {
  const { shapes } = reference.models[name]!;
  return new Map(Object.entries(shapes).map(([key, shape]) => [key, formulaWeight(key, shape)]));
}

function makeModel(name: string, size: number, { channels = 3 } = {}): tf.LayersModel {
  const model = () => {
    throw new Error("No model of another");
  };
  const context = { classes: CLASSES, channels, size, seed: 1, model };
  return withoutInitialValues(() => registry.get("models", name).create({}, context));
}

/** Loads a file as `model.params.pretrained` does; what was changed. */
async function load(
  model: tf.LayersModel,
  file: ReadonlyMap<string, StoredTensor>,
): Promise<readonly string[]> {
  const { tensors, fileNames, notes } = await adaptWeights(model, file, "repeat");
  loadModelWeights(model, tensors, { fileNames });
  return notes;
}

function picture(size: number, { batch = BATCH, channels = 3 } = {}): tf.Tensor4D {
  return tf.tensor4d(formulaPicture(size, { batch, channels }), [batch, size, size, channels]);
}

for (const [name, { logits }] of Object.entries(reference.models)) {
  for (const [size, expected] of Object.entries(logits)) {
    Deno.test(`${name} at ${size} px gives timm's logits with the weights of a file for other pictures`, async () => {
      const model = makeModel(name, Number(size));
      await load(model, timmTensors(name));
      const actual = tf.tidy(() => (model.apply(picture(Number(size))) as tf.Tensor).dataSync());
      model.dispose();
      assertNear(actual, expected, 1e-4);
    });
  }
}

for (const [name, { width, channels, size, batch, losses }] of Object.entries(reference.adam)) {
  Deno.test(`${name} follows PyTorch's losses over 20 steps of Adam`, () => {
    const params = { width, stochastic_depth: 0 };
    const model = formulaModel(registry, name, { size, classes: CLASSES, channels, params });
    const variables = namedVariables(model);
    const optimizer = registry.get("optimizers", "adam").create({}, { variables });
    const step = () => {
      const x = picture(size, { batch, channels });
      const labels = tf.tensor2d(formulaLabels(batch, CLASSES), [batch, CLASSES]);
      const loss = () =>
        tf.losses.sigmoidCrossEntropy(labels, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss, [...variables.values()]);
      optimizer.step(Object.fromEntries([...variables].map(([key, { name }]) => [key, grads[name]!])), 1e-3);
      return value.dataSync()[0]!;
    };
    losses.forEach((expected, i) => {
      const loss = tf.tidy(step);
      assert(Math.abs(loss / expected - 1) <= 1e-3, `step ${i}: ${loss}, PyTorch ${expected}`);
    });
    optimizer.dispose();
    model.dispose();
  });
}

for (const [name, { size, maps: expected }] of Object.entries(reference.heat_maps)) {
  Deno.test(`the maps of ${name} are pytorch-grad-cam's of the tokens that its last attention reads`, async () => {
    const model = formulaModel(registry, name, { size, classes: CLASSES, channels: 3 });
    const image = picture(size, { batch: 1 });
    const { maps } = await classMaps(model, image, [Object.keys(expected).map(Number)]);
    for (const [index, wanted] of Object.values(expected).entries()) {
      assertNear(maps[0]![index]!.values, wanted, 1e-3 * Math.max(...wanted));
    }
    image.dispose();
    model.dispose();
  });
}

for (const { side, to, values } of reference.positions) {
  Deno.test(`positions of ${side} x ${side} become timm's of ${to} x ${to}`, () => {
    const positions = Float32Array.from(noise(`positions.${side}`, side * side * 2));
    assertNear(resamplePositions(positions, { side, channels: 2 }, to), values, 1e-6);
  });
}

Deno.test("what is adapted is said: positions, channels, a head that the file lacks", async () => {
  const name = "vit_small_patch14_reg4_dinov2";
  const model = makeModel(name, 113, { channels: 4 });
  const file = timmTensors(name);
  for (const key of ["head.weight", "head.bias"]) file.delete(key);
  assertEquals(await load(model, file), [
    "patch_embed.proj.weight: 3 channels made 4 by repeat",
    "pos_embed: 5 x 5 positions resampled to 8 x 8",
    "head: initial values (not in the file)",
  ]);
  model.dispose();
});

Deno.test("a checkpoint has timm's names and shapes", async () => {
  for (const [name, { logits, shapes }] of Object.entries(reference.models)) {
    const model = makeModel(name, Math.min(...Object.keys(logits).map(Number)));
    const made = await modelWeights(model);
    const expected = Object.entries(shapes).filter(([key]) => key !== "pos_embed");
    assertEquals([...made.keys()].sort(), [...Object.keys(shapes)].sort());
    for (const [key, shape] of expected) assertEquals(made.get(key)!.shape, shape, key);
    model.dispose();
  }
});

Deno.test("positions that are no square of the model's are refused", async () => {
  const model = makeModel("vit_small_patch16_224", 64);
  const file = timmTensors("vit_small_patch16_224");
  file.set("pos_embed", formulaWeight("pos_embed", [1, 25, 384]));
  const { message } = await assertRejects(() => load(model, file), Problem);
  model.dispose();
  assertStringIncludes(message, `"pos_embed" has the shape [1, 25, 384] instead of [1, 17, 384]`);
});
