import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { batchNorms, namedBuffers, namedVariables } from "../../core/nn/named_variables.ts";
import type { Plugin } from "../../core/plugin/define.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { startWasm } from "../../core/wasm/start.ts";
import { loadModelWeights, modelWeights, storeWeights } from "../../core/weights/model_weights.ts";
import { readSafetensors, writeSafetensors } from "../../core/weights/safetensors.ts";
import { smallestSize, smallModel, type SmallSettings } from "./_small_models.ts";

const registry = await loadPlugins([], ["models"]);
await startWasm();

function make(plugin: Plugin<"models">, settings: SmallSettings = {}): tf.LayersModel {
  return smallModel(plugin, registry, settings);
}

function picture(model: tf.LayersModel, batch: number): tf.Tensor {
  const [, height, width, channels] = model.inputs[0]!.shape;
  return tf.randomNormal([batch, height!, width!, channels!], 0, 1, "float32", 5);
}

function outputsOf(model: tf.LayersModel, x: tf.Tensor, training = false): tf.Tensor[] {
  const made = model.apply(x, { training }) as tf.Tensor | tf.Tensor[];
  return Array.isArray(made) ? made : [made];
}

function assertFinite(values: ArrayLike<number>, what: string): void {
  for (let i = 0; i < values.length; i++) assert(Number.isFinite(values[i]), `${what}[${i}] is ${values[i]}`);
}

for (const plugin of registry.list("models")) {
  const smallest = smallestSize(plugin.name);
  for (
    const settings of [{ size: smallest }, { size: smallest + 1, channels: 1, classes: 2 }, {
      channels: 3,
      classes: 7,
    }]
  ) {
    Deno.test(`${plugin.name} gives finite logits for ${JSON.stringify(settings)}`, () => {
      tf.tidy(() => {
        const model = make(plugin, settings);
        for (const logits of outputsOf(model, picture(model, 2))) {
          assertEquals(logits.shape, [2, settings.classes ?? 3]);
          assertFinite(logits.dataSync(), "logits");
        }
        model.dispose();
      });
    });
  }

  Deno.test(`${plugin.name} is decided by its seed`, async () => {
    const [a, b, c] = [make(plugin), make(plugin), make(plugin, { seed: 2 })];
    const weights = await modelWeights(a);
    assertEquals(weights, await modelWeights(b));
    assertNotEquals(weights, await modelWeights(c));
    for (const model of [a, b, c]) model.dispose();
  });

  Deno.test(`${plugin.name} is equal after saving and loading`, async () => {
    const [from, to] = [make(plugin), make(plugin, { seed: 2 })];
    const x = picture(from, 2);
    tf.dispose(outputsOf(from, x, true));
    const bytes = writeSafetensors(storeWeights(await modelWeights(from)));
    loadModelWeights(to, readSafetensors(bytes).tensors);
    assertEquals(outputsOf(to, x).map((y) => y.arraySync()), outputsOf(from, x).map((y) => y.arraySync()));
    for (const model of [from, to]) model.dispose();
  });

  Deno.test(`${plugin.name} sends a gradient to every parameter and keeps its statistics in inference`, () => {
    tf.tidy(() => {
      const model = make(plugin, { size: smallest + 30 });
      const [x, variables] = [picture(model, 4), namedVariables(model)];
      const counts = [...batchNorms(model).values()].map(({ batchesTracked }) => batchesTracked);
      const before = [...namedBuffers(model).values()].map((buffer) => buffer.dataSync().slice());
      outputsOf(model, x);
      assertEquals([...namedBuffers(model).values()].map((buffer) => buffer.dataSync().slice()), before);
      assert(counts.every((count) => count === 0));
      const loss = () => tf.addN(outputsOf(model, x, true).map((y) => y.square().mean())) as tf.Scalar;
      const { grads } = tf.variableGrads(loss, [...variables.values()]);
      for (const [name, variable] of variables) {
        const gradient = grads[variable.name]!.dataSync();
        assertFinite(gradient, name);
        assert(gradient.some((value) => value !== 0), `${name} has no gradient`);
      }
      for (const [name, { batchesTracked }] of batchNorms(model)) assertEquals(batchesTracked, 1, name);
      model.dispose();
    });
  });

  Deno.test(`${plugin.name} leaves no tensor behind`, () => {
    const before = tf.memory().numTensors;
    make(plugin).dispose();
    assertEquals(tf.memory().numTensors, before);
  });
}
