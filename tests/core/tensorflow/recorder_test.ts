import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { batchNorms, namedBuffers, namedVariables } from "../../../core/nn/named_variables.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { Random } from "../../../core/random.ts";
import {
  startTensorflow,
  tensorflowBinding,
  tensorflowUnavailable,
} from "../../../core/tensorflow/backend.ts";
import { StepRecorder } from "../../../core/tensorflow/recorder.ts";
import { createModel } from "../../../core/train/create_model.ts";
import { backwardPass, type BatchTensors } from "../../../core/train/gradients.ts";
import { RecordedPass } from "../../../core/train/recorded_pass.ts";

const reason = await tensorflowUnavailable();
const name = (text: string) => (reason === null ? text : `${text} (skipped: ${reason})`);
const ignore = reason !== null;
const settings = { threads: 1, growGpuMemory: true };
const STEPS = 6;

function batchOf(step: number, count: number): BatchTensors {
  const random = new Random(5, "pictures", step);
  const images = Float32Array.from({ length: count * 32 * 32 * 3 }, () => random.uniform(-1, 1));
  const labels = Float32Array.from({ length: count * 4 }, () => (random.next() < 0.4 ? 1 : 0));
  return { images: tf.tensor4d(images, [count, 32, 32, 3]), labels: tf.tensor2d(labels, [count, 4]) };
}

/** Losses, statistics and the count of batches after a few steps, of two sizes of batch in turn. */
async function trained(recorded: boolean): Promise<{ values: number[][]; replays: number }> {
  const registry = await loadPlugins([], ["models", "losses", "optimizers"]);
  const model = createModel({ model: { name: "resnet18", params: { width: 32 } }, seed: 1 }, registry, {
    classes: 4,
    channels: 3,
    size: 32,
  });
  const variables = namedVariables(model);
  const loss = registry.get("losses", "binary_focal_loss").create({}, { classes: 4, multiLabel: true });
  const optimizer = registry.get("optimizers", "adam").create({ lr: 1e-3 }, { variables });
  const parts = { model, loss, variables };
  const pass = new RecordedPass(parts);
  const values: number[][] = [];
  for (let step = 0; step < STEPS; step++) {
    const batch = batchOf(step, step % 3 === 2 ? 3 : 4);
    const made = recorded ? pass.run(batch, { pass: step }) : backwardPass(parts, batch, { pass: step });
    optimizer.step(made.gradients, 1e-3 / (step + 1));
    values.push([...made.loss.dataSync(), ...made.logits.dataSync()]);
    tf.dispose([made.loss, made.logits, made.gradients, batch.images, batch.labels]);
  }
  for (const variable of [...variables.values(), ...namedBuffers(model).values()]) {
    values.push([...variable.dataSync()]);
  }
  values.push([...batchNorms(model).values()].map(({ batchesTracked }) => batchesTracked));
  optimizer.dispose();
  model.dispose();
  return { values, replays: pass.recorder.replays };
}

Deno.test({ name: name("a recorded pass trains to the same bits"), ignore }, async () => {
  await startTensorflow(settings);
  const plain = await trained(false);
  const before = tensorflowBinding().getNumOfTensors();
  const recorded = await trained(true);
  assertEquals(plain.replays, 0);
  assertEquals(recorded.replays, 2);
  assertEquals(recorded.values, plain.values);
  assertEquals(tensorflowBinding().getNumOfTensors(), before);
});

Deno.test({ name: name("a step that differs from run to run is not replayed"), ignore }, async () => {
  await startTensorflow(settings);
  const recorder = new StepRecorder();
  const x = tf.tensor1d([1, 2]);
  const sums = [1, 2, 3, 4].map((factor) => {
    const compute = () => [tf.tidy(() => tf.mul(x, tf.scalar(factor)))];
    const [result] = recorder.run({ inputs: [x], variables: [], compute });
    return result!.dataSync()[1];
  });
  assertEquals(sums, [2, 4, 6, 8]);
  assertEquals(recorder.replays, 0);
  assertEquals(recorder.refusal([x]), "two runs of it differ");
});

Deno.test({ name: name("a step that reads an outside tensor is not replayed"), ignore }, async () => {
  await startTensorflow(settings);
  const recorder = new StepRecorder();
  const [x, outside] = [tf.tensor1d([1, 2]), tf.add(tf.tensor1d([1, 1]), 1)];
  for (let run = 0; run < 3; run++) {
    recorder.run({ inputs: [x], variables: [], compute: () => [tf.add(x, outside)] });
  }
  assertEquals(recorder.replays, 0);
  assert(recorder.refusal([x])?.includes("made before it"));
});
