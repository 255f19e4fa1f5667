import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { averageRun } from "../../../core/average/average_weights.ts";
import type { Example } from "../../../core/base/example.ts";
import { checkpointTeachers, readCheckpointFile } from "../../../core/run_folder/checkpoint.ts";
import { balancedOrder } from "../../../core/train/balanced_order.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import { inFolder } from "../../_in_folder.ts";
import { writeSplit, writeTargets } from "../predictions/_sidecars.ts";
import { recordsOf } from "./_history.ts";
import {
  CLASSES,
  Listener,
  softTinyExamples,
  tinyConfig,
  tinyExamples,
  tinyExperiment,
  tinyLoader,
  tinyOptions,
} from "./_tiny.ts";

await tf.setBackend("cpu");

type Changes = Record<string, Record<string, unknown>>;

/** Losses of each epoch in training and validation. */
async function lossesOf(train: readonly Example[], changes: Changes): Promise<number[][]> {
  const dir = await Deno.makeTempDir();
  try {
    const config = tinyConfig(dir, {
      ...changes,
      train: { dir, batch_size: 4, num_epochs: 2, ...changes.train },
    });
    await trainModel(await tinyOptions(config, {}, { train }));
    return (await recordsOf(dir)).map(({ train, val }) => [train.loss, val.loss]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Soft targets that say what the labels say. */
function certain(example: Example): Example {
  const soft = Array.from({ length: CLASSES }, (_, label) => Number(example.labels!.includes(label)));
  return { ...example, soft };
}

const CASES: Record<string, Changes> = {
  "plain": {},
  "mixed images": { train: { mixup: 0.4, cutmix: 1 } },
  "softmax": { loss: { name: "softmax_cross_entropy" } },
};

for (const [name, changes] of Object.entries(CASES)) {
  Deno.test(`certain soft targets train as the labels do, others otherwise: ${name}`, async () => {
    const examples = tinyExamples(18), labelled = await lossesOf(examples, changes);
    assertEquals(await lossesOf(examples.map(certain), changes), labelled);
    assertNotEquals(await lossesOf(softTinyExamples(18), changes), labelled);
  });
}

Deno.test("balanced sampling counts test images with soft targets by their nearest labels", () => {
  const labelled = Array.from({ length: 9 }, (_, i): Example => ({ ...tinyExamples(9)[i]!, labels: [0] }));
  const pseudo: Example = { id: "t", source: "test", files: [], labels: [1], soft: [0.25, 0.75, 0] };
  const order = balancedOrder([...labelled, pseudo], { seed: 0, epoch: 0 });
  assertEquals(order.filter((example) => example === pseudo).length, 5);
});

const ROWS = { id000: [0.5, 0.5, 0.5] };

Deno.test("checkpoints and averages record the teachers, and a run tells that its targets have changed", () =>
  inFolder(async (folder) => {
    const split_file = await writeSplit(join(folder, "split.csv"), { id000: "train" });
    const told = { checkpoint: "teacher.safetensors", split_file };
    const path = await writeTargets(folder, "targets.csv", { rows: ROWS, told });
    const dir = join(folder, "run");
    const config = tinyConfig(dir, { data: { targets: path } });
    const output = new Listener();
    await trainModel({ ...await tinyOptions(config, {}, { output }), stopAfter: 1 });
    const statistics = tinyLoader(tinyExamples(18), { batchSize: 4 });
    await averageRun(await tinyExperiment(config), { statistics, validation: null }, { count: 1 });
    for (const name of ["epoch_0000", "swa.1.000"]) {
      const file = await readCheckpointFile(join(dir, "checkpoint", `${name}.safetensors`), "");
      assertEquals(checkpointTeachers(file), [told]);
    }
    await writeTargets(folder, "targets.csv", { rows: { id000: [1, 0, 0] }, told });
    await trainModel({ ...await tinyOptions(config, {}, { output }), stopAfter: 2 });
    assertEquals(output.warnings.length, 1);
    assertMatch(
      output.warnings[0]!,
      /target_files\..*targets\.csv: "[0-9a-f]{64}" in the checkpoint, "[0-9a-f]{64}" now/,
    );
  }));

Deno.test("a run that goes on with other targets, or none, keeps the teachers of before", () =>
  inFolder(async (folder) => {
    const split_file = await writeSplit(join(folder, "split.csv"), { id000: "train" });
    const dir = join(folder, "run"),
      told = ["first", "second"].map((checkpoint) => ({ checkpoint, split_file }));
    const paths = await Promise.all(
      told.map((one, index) => writeTargets(folder, `${index}.csv`, { rows: ROWS, told: one })),
    );
    for (const [epoch, targets] of [paths[0]!, [paths[1]!, paths[0]!], null].entries()) {
      const config = tinyConfig(dir, { data: { targets } });
      await trainModel({ ...await tinyOptions(config), stopAfter: epoch + 1 });
    }
    const teachers = await Promise.all([0, 1, 2].map(async (epoch) => {
      const path = join(dir, "checkpoint", `epoch_000${epoch}.safetensors`);
      return checkpointTeachers(await readCheckpointFile(path, ""))!.map(({ checkpoint }) => checkpoint);
    }));
    assertEquals(teachers, [["first"], ["first", "second"], ["first", "second"]]);
  }));

Deno.test("checkpoints of runs without soft targets have no teachers", () =>
  inFolder(async (dir) => {
    await trainModel({ ...await tinyOptions(tinyConfig(dir)), stopAfter: 1 });
    const file = await readCheckpointFile(join(dir, "checkpoint", "epoch_0000.safetensors"), "");
    assertEquals(checkpointTeachers(file), undefined);
  }));
