import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { withoutInitialValues } from "../../core/nn/layers/module_layer.ts";
import type { ModelContext } from "../../core/plugin/contracts.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { Problem } from "../../core/base/problem.ts";
import { startWasm } from "../../core/wasm/start.ts";
import { applyPretrained } from "../../core/weights/pretrained.ts";
import { type StoredTensor, writeSafetensors } from "../../core/weights/safetensors.ts";
import { refuseLookalike } from "../../core/weights/timm_lookalikes.ts";
import { splitWeightOptions } from "../../core/weights/weight_options.ts";
import { formulaPicture, formulaWeight } from "./formula.ts";

const CLASSES = 5, CHANNELS = 3, BATCH = 2;
const registry = await loadPlugins([], ["models"]);
await startWasm();

/** What timm_reference.py found. */
interface TimmModel {
  readonly timm: string;
  readonly logits: Readonly<Record<string, number[]>>;
  readonly shapes: Readonly<Record<string, number[]>>;
}

/** The whole fixture. */
interface Reference {
  readonly models: Readonly<Record<string, TimmModel>>;
  /** Nets with the tensors of another net, and how far their logits are from its. */
  readonly lookalikes: Readonly<Record<string, [twin: string, difference: number]>>;
}

async function readReference(): Promise<Reference> {
  const path = join(import.meta.dirname!, "..", "fixtures", "nn", "timm.json.gz");
  const packed = new Blob([await Deno.readFile(path)]).stream();
  return await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).json();
}

function makeModel(name: string, size: number, params: Record<string, unknown> = {}): tf.LayersModel {
  const context: ModelContext = {
    ...{ classes: CLASSES, channels: CHANNELS, size, seed: 1 },
    model: (inner, settings) => registry.get("models", inner).create(settings, context),
  };
  return registry.get("models", name).create(params, context);
}

/** A file as `torch.save` or the hub would have it from timm's net: its names, the formula's numbers, its counters. */
function timmTensors({ shapes }: TimmModel): Map<string, StoredTensor> {
  return new Map(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      name.endsWith("num_batches_tracked")
        ? { dtype: "I64", shape, data: new Uint8Array(8) }
        : formulaWeight(name, shape),
    ]),
  );
}

/** Loads tensors as `model.params.pretrained` does, from a file in a folder of its own. */
async function load(
  model: tf.LayersModel,
  tensors: ReadonlyMap<string, StoredTensor>,
  file = "model.safetensors",
): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const pretrained = join(folder, file);
    await Deno.writeFile(pretrained, writeSafetensors(tensors));
    return await applyPretrained(model, splitWeightOptions({ pretrained }).options);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function logitsOf(model: tf.LayersModel, size: number): Float32Array {
  return tf.tidy(() => {
    const values = formulaPicture(size, { batch: BATCH, channels: CHANNELS });
    const picture = tf.tensor4d(values, [BATCH, size, size, CHANNELS]);
    const made = model.apply(picture) as tf.Tensor | tf.Tensor[];
    return (Array.isArray(made) ? made[0]! : made).dataSync() as Float32Array;
  });
}

function assertNear(actual: ArrayLike<number>, expected: readonly number[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((wanted, i) => {
    const difference = Math.abs(actual[i]! - wanted);
    assert(difference <= 1e-4, `logits[${i}]: ${actual[i]}, timm ${wanted}, difference ${difference}`);
  });
}

const { models: reference, lookalikes } = await readReference();

for (const [name, at] of Object.entries(reference)) {
  Deno.test(`${name} with the weights of timm's ${at.timm} gives its logits`, async () => {
    const sizes = Object.keys(at.logits).map(Number);
    const model = withoutInitialValues(() => makeModel(name, sizes[0]!));
    await load(model, timmTensors(at));
    const actual = sizes.map((size) => logitsOf(model, size));
    model.dispose();
    sizes.forEach((size, i) => assertNear(actual[i]!, at.logits[size]!));
  });
}

Deno.test("timm's names that differ from ours are said, and every head is loaded", async () => {
  for (
    const [name, family] of [["efficientnet_b0", "EfficientNet"], ["convnext_tiny", "ConvNeXt"]] as const
  ) {
    const model = withoutInitialValues(() => makeModel(name, 32));
    const [, ...notes] = await load(model, timmTensors(reference[name]!));
    model.dispose();
    assertEquals(notes, [`  timm's names of ${family} read as torchvision's`]);
  }
});

Deno.test("a timm file without an auxiliary head leaves Inception's as it is, and says so", async () => {
  const model = withoutInitialValues(() => makeModel("inception_v3", 75));
  const [, ...notes] = await load(model, timmTensors(reference.inception_v3!));
  model.dispose();
  assertEquals(notes, ["  AuxLogits: initial values (not in the file)"]);
});

Deno.test("an attention head takes its backbone from timm's file", async () => {
  for (const cnn of ["efficientnet_b0", "convnext_tiny", "convnextv2_atto", "mobilenetv4_conv_small"]) {
    const model = withoutInitialValues(() => makeModel("attention", 64, { cnn, attention_size: 2 }));
    const notes = await load(model, timmTensors(reference[cnn]!));
    model.dispose();
    assertStringIncludes(notes.join("\n"), "attention: initial values (not in the file)");
  }
});

Deno.test("what does not fit is named by our name and timm's", async () => {
  const model = makeModel("efficientnet_b0", 32);
  const tensors = timmTensors(reference.efficientnet_b1!);
  const { message } = await assertRejects(() => load(model, tensors), Problem);
  assertStringIncludes(
    message,
    `surplus "features.1.1.block.0.1.bias" (the file's "blocks.0.1.bn1.bias")`,
  );
  const small = timmTensors(reference.convnext_tiny!);
  small.set("stages.0.blocks.0.gamma", formulaWeight("gamma", [95]));
  small.delete("stages.3.blocks.2.norm.bias");
  small.set("constructor.weight", formulaWeight("x", [1]));
  const convnext = makeModel("convnext_tiny", 32);
  const told = (await assertRejects(() => load(convnext, small), Problem)).message;
  const layerScale = `"features.1.0.layer_scale" has the shape [95, 1, 1] instead of [96, 1, 1]`;
  assertStringIncludes(told, `${layerScale} (the file's "stages.0.blocks.0.gamma")`);
  assertStringIncludes(told, 'missing "features.7.2.block.2.bias"');
  assertStringIncludes(told, 'surplus "constructor.weight"');
  for (const made of [model, convnext]) made.dispose();
});

Deno.test("a net of another family refuses timm's names as they are", async () => {
  const model = makeModel("resnet18", 32);
  const tensors = timmTensors(reference.efficientnet_b0!);
  const { message } = await assertRejects(() => load(model, tensors), Problem);
  model.dispose();
  assertStringIncludes(message, 'surplus "blocks.0.0.bn1.bias"');
});

Deno.test("timm's nets that only look like ours are refused by name", () => {
  assertEquals(Object.keys(lookalikes).length, 8);
  for (const [name, [twin, difference]] of Object.entries(lookalikes)) {
    assert(difference > 1e-3, `${name} differs from ${twin} by ${difference} only`);
    assertThrows(() => refuseLookalike(`hf:timm/${name}.a1_in1k`, twin), Problem, name.slice(0, 8));
    assertThrows(() => refuseLookalike(`weights/${name}-a1b2c3.pth`, `attention_${twin}`), Problem);
  }
  for (const { timm } of Object.values(reference)) {
    for (const name of Object.keys(reference)) refuseLookalike(`hf:timm/${timm}.a1_in1k`, name);
  }
});

Deno.test("weights of a lookalike are refused before they are read", async () => {
  const model = withoutInitialValues(() => makeModel("efficientnet_b0", 32));
  const tensors = timmTensors(reference.efficientnet_b0!);
  const { message, exitCode } = await assertRejects(
    () => load(model, tensors, "tf_efficientnet_b0_ns-c0e6a31c.safetensors"),
    Problem,
  );
  model.dispose();
  assertStringIncludes(message, "pads as TensorFlow does");
  assertEquals(exitCode, 2);
});
