import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import type { Loss, Model } from "../../../core/plugin/contracts.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { namedVariables } from "../../../core/nn/named_variables.ts";
import { backwardPass } from "../../../core/train/backward_pass.ts";
import { cutModel } from "../../../core/nn/model_graph.ts";
import { freezeModules } from "../../../core/nn/frozen_modules.ts";
import { recomputingForward } from "../../../core/train/recomputing_forward.ts";
import { modelWeights } from "../../../core/weights/model_weights.ts";
import { tinyModel } from "./_tiny.ts";

await tf.setBackend("cpu");
const registry = await loadPlugins([], ["models", "losses"]);
registry.add(tinyModel, "_tiny.ts");
const SIDE = 32;
const SHAPE = { classes: 3, channels: 4, size: SIDE };

function makeModel(name: string, params: Record<string, unknown>): Model {
  return registry.get("models", name).create(params, {
    ...SHAPE,
    seed: 1,
    model: () => {
      throw new Error("unused");
    },
  });
}

/** Bytes that the gradient will need, beside the weights and the images. */
function activationBytes(known: readonly tf.Tensor[]): number {
  const { state } = tf.engine() as unknown as { state: { activeTape: { saved?: tf.Tensor[] }[] } };
  const counted = new Set(known.map(({ dataId }) => dataId));
  let bytes = 0;
  for (const tensor of state.activeTape.flatMap(({ saved }) => saved ?? [])) {
    if (!counted.has(tensor.dataId)) bytes += 4 * tensor.size;
    counted.add(tensor.dataId);
  }
  return bytes;
}

/** A loss that notes what is held when the forward pass is over. */
function watchedLoss(known: readonly tf.Tensor[]): { loss: Loss; held: () => number } {
  const inner = registry.get("losses", "cross_entropy").create({}, { classes: 3, target: "class_set" });
  let bytes = 0;
  const compute: Loss["compute"] = (logits, labels) => {
    bytes = activationBytes(known);
    return inner.compute(logits, labels);
  };
  return { loss: { ...inner, compute }, held: () => bytes };
}

async function run(model: Model, parts: number) {
  const pixels = Float32Array.from({ length: 4 * SIDE * SIDE * 4 }, (_, i) => Math.sin(i * i));
  const images = tf.tensor4d(pixels, [4, SIDE, SIDE, 4]);
  const labels = tf.tensor2d([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]);
  const variables = namedVariables(model);
  const { loss, held } = watchedLoss([images, ...variables.values()]);
  const forward = parts > 1 ? recomputingForward(model, parts) : null;
  const { numTensors } = tf.memory();
  const pass = backwardPass({ model, loss, variables, forward }, { images, labels });
  const gradients = Object.fromEntries(
    Object.entries(pass.gradients).map(([name, gradient]) => [name, [...gradient.dataSync()]]),
  );
  const made = { loss: pass.loss.dataSync()[0]!, logits: [...pass.logits.dataSync()], gradients };
  tf.dispose([pass.loss, pass.logits, pass.gradients]);
  assertEquals(tf.memory().numTensors, numTensors, "tensors left behind");
  const weights = await modelWeights(model);
  tf.dispose([images, labels]);
  return { ...made, weights, held: held() };
}

function assertSame(
  actual: Awaited<ReturnType<typeof run>>,
  expected: Awaited<ReturnType<typeof run>>,
): void {
  assertAlmostEquals(actual.loss, expected.loss, 1e-6);
  assertEquals(actual.logits, expected.logits);
  assertEquals(Object.keys(actual.gradients).sort(), Object.keys(expected.gradients).sort());
  for (const [name, values] of Object.entries(expected.gradients)) {
    values.forEach((value, i) =>
      assertAlmostEquals(actual.gradients[name]![i]!, value, 1e-5 * Math.max(1, Math.abs(value)), name)
    );
  }
  assertEquals(actual.weights, expected.weights);
}

describe("recomputingForward()", () => {
  it("gives the gradients, logits and running statistics of the plain pass and holds fewer bytes", async () => {
    const plain = await run(makeModel("resnet18", { width: 4 }), 1);
    for (const [parts, share] of [[2, 0.6], [4, 0.4]] as const) {
      const recomputed = await run(makeModel("resnet18", { width: 4 }), parts);
      assertSame(recomputed, plain);
      assert(recomputed.held < share * plain.held, `${recomputed.held} of ${plain.held} bytes`);
    }
  });

  it("works with an auxiliary output and with frozen modules", async () => {
    for (const freeze of [[], ["conv1", "bn1"]]) {
      const models = [0, 1].map(() => makeModel("tiny", { auxiliary: true }));
      for (const model of models) freezeModules(model, freeze);
      assertSame(await run(models[1]!, 3), await run(models[0]!, 1));
    }
  });

  it("cuts a ResNet between blocks only", () => {
    const segments = cutModel(makeModel("resnet18", { width: 4 }), 4);
    assert(segments.length >= 3, `${segments.length} segments`);
    for (const { operations, output } of segments.slice(0, -1)) {
      assertEquals(operations.at(-1)!.output.id, output.id);
      assert(/^(layer\d\.\d\.bn2|bn1|maxpool)$/.test(output.sourceLayer.name), output.sourceLayer.name);
    }
  });
});
