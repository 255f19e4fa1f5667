import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { batchNorms, namedBuffers, namedVariables } from "../../core/nn/named_variables.ts";
import type { Plugin } from "../../core/plugin/define.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { Random } from "../../core/base/random.ts";
import { tensorflowBinding } from "../../core/tensorflow/backend.ts";
import { backwardPass, type BatchTensors } from "../../core/train/backward_pass.ts";
import { StepRecorder } from "../../core/tensorflow/recording/recorder.ts";
import { RecordedPass } from "../../core/train/recorded_pass.ts";
import { nativeTest } from "../core/tensorflow/_native.ts";
import { smallModel } from "./_small_models.ts";

const registry = await loadPlugins([], ["models", "losses", "optimizers"]);

/** The first pass and the second are traced as well. */
const STEPS = 4;
const CLASSES = 3;

/** Deeper variants are built of the same blocks as the first of their family. */
const SAME_BLOCKS = /^(efficientnet_b[1-9]|resnet34|convnextv2_(femto|pico|nano)|vit_base_.*)$/;

function batchOf(step: number, size: number): BatchTensors {
  const random = new Random(5, "pictures", step);
  const images = Float32Array.from({ length: 3 * size * size * 4 }, () => random.uniform(-1, 1));
  const labels = Float32Array.from({ length: 3 * CLASSES }, () => (random.next() < 0.4 ? 1 : 0));
  return { images: tf.tensor4d(images, [3, size, size, 4]), labels: tf.tensor2d(labels, [3, CLASSES]) };
}

/** Losses and logits of a few steps, then all weights and statistics. */
function trained(
  plugin: Plugin<"models">,
  { loss: lossName, recorded }: { loss: string; recorded: boolean },
): { values: number[][]; replays: number } {
  const model = smallModel(plugin, registry);
  const variables = namedVariables(model);
  const loss = registry.get("losses", lossName).create({}, { classes: CLASSES, target: "class_set" });
  const optimizer = registry.get("optimizers", "adam").create({ lr: 1e-3 }, { variables });
  const parts = { model, loss, variables };
  const recorder = new StepRecorder();
  const pass = new RecordedPass(parts, recorder);
  const values: number[][] = [];
  for (let step = 0; step < STEPS; step++) {
    const batch = batchOf(step, model.inputs[0]!.shape[1]!);
    const made = recorded ? pass.run(batch, { pass: step }) : backwardPass(parts, batch, { pass: step });
    optimizer.step(made.gradients, 1e-3);
    values.push([...made.loss.dataSync(), ...made.logits.dataSync()]);
    tf.dispose([made.loss, made.logits, made.gradients, batch.images, batch.labels]);
  }
  for (const variable of [...variables.values(), ...namedBuffers(model).values()]) {
    values.push([...variable.dataSync()]);
  }
  values.push([...batchNorms(model).values()].map(({ batchesTracked }) => batchesTracked));
  const { replays } = recorder;
  pass.dispose();
  optimizer.dispose();
  model.dispose();
  return { values, replays };
}

function recordsToTheSameBits(plugin: Plugin<"models">, loss: string): void {
  const plain = trained(plugin, { loss, recorded: false });
  const before = tensorflowBinding().getNumOfTensors();
  const recorded = trained(plugin, { loss, recorded: true });
  assertEquals(recorded.replays, STEPS);
  assertEquals(recorded.values, plain.values);
  assertEquals(tensorflowBinding().getNumOfTensors(), before);
}

for (const plugin of registry.list("models").filter(({ name }) => !SAME_BLOCKS.test(name))) {
  nativeTest(`${plugin.name} trains to the same bits when its pass is recorded`, () => {
    recordsToTheSameBits(plugin, "binary_focal_loss");
  });
}

for (const { name } of registry.list("losses")) {
  nativeTest(`${name} trains to the same bits when the pass is recorded`, () => {
    recordsToTheSameBits(registry.get("models", "resnet18"), name);
  });
}
