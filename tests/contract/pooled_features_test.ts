import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { pooledFeatures } from "../../core/nn/features.ts";
import { headModules } from "../../core/nn/frozen_modules.ts";
import { namedVariables } from "../../core/nn/named_variables.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { startWasm } from "../../core/wasm/start.ts";
import { smallModel } from "./_small_models.ts";

const registry = await loadPlugins([], ["models"]);
await startWasm();

/** The main logits as the classifier, a linear layer, makes them of the features; null where it is another. */
function classified(model: tf.LayersModel, features: tf.Tensor): tf.Tensor | null {
  const name = [...headModules(model)].find((module) => !module.startsWith("Aux"))!;
  const variables = namedVariables(model), kernel = variables.get(`${name}.weight`)!;
  const bias = variables.get(`${name}.bias`)!;
  return kernel.shape.length === 2 ? features.matMul(kernel as tf.Tensor2D).add(bias) : null;
}

for (const plugin of registry.list("models")) {
  Deno.test(`the pooled features of ${plugin.name} are what its classifier takes`, () => {
    tf.tidy(() => {
      const model = smallModel(plugin, registry), [, ...sides] = model.inputs[0]!.shape as number[];
      const outputs = [pooledFeatures(model), model.outputs[0]!];
      const images = tf.randomNormal([2, ...sides], 0, 1, "float32", 5);
      const [features, logits] = tf.model({ inputs: model.inputs, outputs })
        .apply(images, { training: false }) as tf.Tensor[];
      assertEquals(features!.shape, [2, outputs[0]!.shape[1]!]);
      assert(features!.isFinite().all().dataSync()[0]);
      const made = classified(model, features!);
      if (made) assert(made.sub(logits!).abs().max().dataSync()[0]! < 1e-4);
      else assert(plugin.name.startsWith("attention"), "only attention heads classify maps");
      model.dispose();
    });
  });
}
