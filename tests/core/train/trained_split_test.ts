import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { averageRun } from "../../../core/average/average_weights.ts";
import { VERSION } from "../../../core/base/version.ts";
import { checkpointSplit, readCheckpointFile } from "../../../core/run_folder/checkpoint.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import { inFolder } from "../../_in_folder.ts";
import {
  Listener,
  tinyConfig,
  tinyExamples,
  tinyExperiment,
  tinyLoader,
  tinyOptions,
  type TinyParts,
} from "./_tiny.ts";

await tf.setBackend("cpu");

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex();
}

/** Trains up to so many epochs on the split of a folder, and tells the warnings. */
async function trainTo(dir: string, epochs: number, pretrained: string | null = null): Promise<string[]> {
  const output = new Listener();
  const model = { params: { pretrained } };
  const config = tinyConfig(join(dir, "run"), { train: { num_epochs: 4 }, model });
  const options = await tinyOptions(config, {}, { layout: { dir }, output });
  await trainModel({ ...options, stopAfter: epochs });
  return output.warnings;
}

async function checkpointOf(dir: string, name: string) {
  return await readCheckpointFile(join(dir, "run", "checkpoint", `${name}.safetensors`), "");
}

async function average(dir: string): Promise<void> {
  const config = tinyConfig(join(dir, "run")), parts: TinyParts = { layout: { dir } };
  const statistics = tinyLoader(tinyExamples(18), { batchSize: 4 });
  await averageRun(await tinyExperiment(config, parts), { statistics, validation: null }, { count: 1 });
}

Deno.test("checkpoints and averages record the split that trained them", () =>
  inFolder(async (dir) => {
    const path = join(dir, "split.stratified.0.csv"), text = "Id,Target,Split\nid000,0,train\n";
    await Deno.writeTextFile(path, text);
    assertEquals(await trainTo(dir, 1), []);
    assertEquals(await trainTo(dir, 2), []);
    await average(dir);
    const record = { path, sha256: await digest(text), trained: "train" };
    for (const name of ["epoch_0000", "epoch_0001", "swa.1.001"]) {
      const file = await checkpointOf(dir, name);
      assertEquals([checkpointSplit(file), file.metadata.get("version")], [record, VERSION]);
    }
  }));

Deno.test("a run that goes on with another split says so and records neither of the two", () =>
  inFolder(async (dir) => {
    const path = join(dir, "split.stratified.0.csv"),
      texts = ["Id,Target,Split\n", "Id,Target,Split\na,0,val\n"];
    await Deno.writeTextFile(path, texts[0]!);
    await trainTo(dir, 1);
    await Deno.writeTextFile(path, texts[1]!);
    const [warning, ...others] = await trainTo(dir, 2);
    assertStringIncludes(warning!, `the split "${path}" has changed since the run began`);
    assertEquals(others, []);
    await Deno.writeTextFile(path, texts[0]!);
    await trainTo(dir, 3);
    await average(dir);
    for (const name of ["epoch_0001", "epoch_0002", "swa.1.002"]) {
      const split = checkpointSplit(await checkpointOf(dir, name))!;
      for (const text of texts) assertNotEquals(split.sha256, await digest(text), name);
    }
  }));

Deno.test("runs without a split file, and resume files from before it was recorded, go on without a record", () =>
  inFolder(async (dir) => {
    await trainTo(dir, 1);
    assertEquals(checkpointSplit(await checkpointOf(dir, "epoch_0000")), null);
    await Deno.writeTextFile(join(dir, "split.stratified.0.csv"), "Id,Target,Split\n");
    assertEquals(await trainTo(dir, 2), []);
    assertEquals(checkpointSplit(await checkpointOf(dir, "epoch_0001")), null);
  }));

Deno.test("a run that begins with the weights of another split of the same data records neither", () =>
  inFolder(async (root) => {
    const [first, second] = [join(root, "first"), join(root, "second")];
    const texts = ["Id,Target,Split\na,0,val\n", "Id,Target,Split\na,0,train\n"];
    for (const [place, dir] of [first, second].entries()) {
      await Deno.mkdir(dir);
      await Deno.writeTextFile(join(dir, "split.stratified.0.csv"), texts[place]!);
    }
    const weights = join(root, "weights.safetensors"), path = join(first, "split.stratified.0.csv");
    await trainTo(first, 1);
    await Deno.rename(join(first, "run", "checkpoint", "epoch_0000.safetensors"), weights);
    const startOver = async (dir: string) => {
      await Deno.remove(join(dir, "run"), { recursive: true }).catch(() => {});
      const warnings = await trainTo(dir, 1, weights);
      return { warnings, split: checkpointSplit(await checkpointOf(dir, "epoch_0000")) };
    };
    const same = await startOver(first);
    assertEquals([same.warnings, same.split!.sha256], [[], await digest(texts[0]!)]);
    await Deno.writeTextFile(path, texts[1]!);
    const other = await startOver(first);
    assertStringIncludes(other.warnings[0]!, `"${weights}" was trained on the split "${path}"`);
    for (const text of texts) assertNotEquals(other.split!.sha256, await digest(text));
    const elsewhere = await startOver(second);
    assertEquals([elsewhere.warnings, elsewhere.split!.sha256], [[], await digest(texts[1]!)]);
  }));
