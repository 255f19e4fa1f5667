import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createModel } from "../../../core/experiment/create_model.ts";
import { namedVariables } from "../../../core/nn/named_variables.ts";
import { Problem } from "../../../core/base/problem.ts";
import type { Precision } from "../../../core/plugin/contracts.ts";
import { StepRecorder } from "../../../core/tensorflow/recording/recorder.ts";
import { batchTensors } from "../../../core/train/backward_pass.ts";
import { RecordedPass } from "../../../core/train/recorded_pass.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import type { TrainOptions } from "../../../core/train/types.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import { inFolder } from "../../_in_folder.ts";
import { nativeTest } from "../tensorflow/_native.ts";
import { bfloat16Test, halfRegistry } from "./_half_precision.ts";
import { recordsOf } from "./_history.ts";
import { checkpointHashes, trainInPieces } from "./_pieces.ts";
import {
  CHANNELS,
  CLASSES,
  SIZE,
  tinyConfig,
  tinyExamples,
  tinyLoader,
  tinyOptions,
  tinyRegistry,
} from "./_tiny.ts";

const registry = await tinyRegistry();

const KINDS = [
  { precision: "bfloat16", test: bfloat16Test },
  { precision: "float16", test: nativeTest },
] as const;

async function training(dir: string, train: Record<string, unknown>): Promise<TrainOptions> {
  const config = tinyConfig(dir, { train: { dir, num_epochs: 3, ...train } });
  const precisions: readonly Precision[] = ["bfloat16", "float16", "float32"];
  return await tinyOptions(config, {}, { registry: await halfRegistry({ precisions }) });
}

/** Epochs without the times. */
async function scoresOf(dir: string): Promise<unknown[]> {
  return (await recordsOf(dir)).map(({ seconds: _seconds, ...scores }) => scores);
}

/** Whether float32 values have bits that no half precision has. */
function hasFloat32Bits(data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const numbers = Array.from({ length: data.byteLength / 4 }, (_, index) => view.getUint32(4 * index, true));
  return numbers.some((bits) => (bits & 0x1fff) !== 0);
}

for (const { precision, test } of KINDS) {
  test(`a training in ${precision} taken up inside epochs leaves the same files, others than in float32`, () =>
    inFolder(async (dir) => {
      const [whole, parts, plain] = ["whole", "parts", "plain"].map((name) => join(dir, name)) as [
        string,
        string,
        string,
      ];
      await trainModel(await training(whole, { precision }));
      await trainInPieces(await training(parts, { precision }));
      await trainModel(await training(plain, { precision: "float32" }));
      assertEquals(await checkpointHashes(parts), await checkpointHashes(whole));
      assertEquals(await scoresOf(parts), await scoresOf(whole));
      assertNotEquals(await checkpointHashes(plain), await checkpointHashes(whole));
    }));

  test(`weights, statistics and optimizer stay float32 in ${precision}`, () =>
    inFolder(async (dir) => {
      await trainModel(await training(dir, { precision }));
      const { tensors } = readSafetensors(
        await Deno.readFile(join(dir, "checkpoint", "resume.safetensors")),
      );
      const kinds = new Set([...tensors].map(([name, { dtype }]) => `${name.split(".")[0]} ${dtype}`));
      assertEquals([...kinds].sort(), ["model F32", "model I64", "state F32"]);
      for (const [name, { dtype, data }] of tensors) {
        if (dtype === "F32") assert(hasFloat32Bits(data), name);
      }
    }));

  test(`the loss is computed in float32 in ${precision}`, async () => {
    for (const name of ["binary_focal_loss", "softmax_cross_entropy", "asymmetric_loss"]) {
      await checkLoss(name, precision);
    }
  });
}

/** The loss of each pass equals the one that is computed anew, eagerly, from its logits. */
async function checkLoss(name: string, precision: Precision): Promise<void> {
  const shape = { channels: CHANNELS, classes: CLASSES, size: SIZE };
  const model = createModel(tinyConfig("unused"), registry, shape);
  const loss = registry.get("losses", name).create({}, { classes: CLASSES, target: "class_set" });
  const recorder = new StepRecorder({ precision });
  const pass = new RecordedPass({ model, loss, variables: namedVariables(model) }, recorder);
  for await (const batch of tinyLoader(tinyExamples(16), { batchSize: 4 }).batches(0)) {
    const tensors = batchTensors(batch);
    const made = pass.run(tensors);
    const again = tf.tidy(() => loss.compute(made.logits, tensors.labels));
    const [expected, received] = [again.dataSync()[0]!, made.loss.dataSync()[0]!];
    assert(Math.abs(received - expected) <= 1e-6 * Math.abs(expected), `${name}: ${received}, ${expected}`);
    tf.dispose([tensors.images, tensors.labels, made.loss, made.logits, made.gradients, again]);
  }
  assertEquals([recorder.replays, recorder.refusal], [4, null]);
  pass.dispose();
  model.dispose();
}

bfloat16Test(
  "auto trains as the precision that it takes, and is taken up as that",
  () =>
    inFolder(async (dir) => {
      const [named, chosen] = [join(dir, "named"), join(dir, "chosen")];
      await trainModel(await training(named, { precision: "bfloat16" }));
      await trainModel({ ...await training(chosen, { precision: "auto" }), stopAfter: 1 });
      await trainModel(await training(chosen, { precision: "bfloat16" }));
      assertEquals(await checkpointHashes(chosen), await checkpointHashes(named));
    }),
);

bfloat16Test("a training is not taken up in another precision", () =>
  inFolder(async (dir) => {
    for (const [first, second] of [["bfloat16", "float32"], ["float32", "bfloat16"]] as const) {
      const run = join(dir, first);
      await trainModel({ ...await training(run, { precision: first }), stopAfter: 1 });
      const before = await checkpointHashes(run);
      const options = await training(run, { precision: second });
      const error = await assertRejects(() => trainModel(options), Problem, "train.precision");
      assertEquals(error.exitCode, 2);
      assertStringIncludes(error.message, "bfloat16");
      assertEquals(await checkpointHashes(run), before);
    }
  }));

nativeTest("half precision needs the recorded pass", () =>
  inFolder(async (dir) => {
    const options = await training(dir, { precision: "bfloat16", recorded: false });
    const error = await assertRejects(() => trainModel(options), Problem, "train.recorded: false");
    assertEquals(error.exitCode, 2);
  }));
