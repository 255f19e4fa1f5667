import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import { readHistory } from "../../../core/train/history.ts";
import { recordsOf } from "./_history.ts";
import { tinyConfig, tinyOptions } from "./_tiny.ts";
import { inFolder } from "../../_in_folder.ts";

await tf.setBackend("cpu");

Deno.test("a run goes on only from a history whose records follow one another", () =>
  inFolder(async (dir) => {
    const options = await tinyOptions(tinyConfig(dir, { train: { num_epochs: 5 } }));
    await trainModel({ ...options, stopAfter: 3 });
    const path = join(dir, "history.jsonl");
    const lines = (await Deno.readTextFile(path)).split("\n");
    const [first, second, third] = lines as [string, string, string];
    const refuse = async (changed: string[], reason: string) => {
      const text = changed.join("\n");
      await Deno.writeTextFile(path, text);
      const problem = await assertRejects(() => trainModel(options), Problem, reason);
      assertEquals([problem.exitCode, problem.message.includes(path)], [3, true]);
      assertEquals(await Deno.readTextFile(path), text);
    };
    await refuse([first, second.slice(0, 30), third, ""], "line 2 is no record of an epoch");
    await refuse([first, second.replace('"val"', '"vbl"'), third, ""], "line 2 is no record");
    await refuse([first, third, ""], "line 2 is of epoch 2, the one before it of epoch 0");
    await refuse([first, second, ""], "line 3 is missing: the last record is of epoch 1, not 2");
    await refuse([first, second, third.slice(0, -1)], "line 3 is no record");
    await refuse([first, "x".repeat(1_000_000), third], "(1000000 characters)");
    await Deno.writeTextFile(path, [first, second, third, third.slice(0, 40)].join("\n"));
    await trainModel(options);
    assertEquals((await recordsOf(dir)).map(({ epoch }) => epoch), [0, 1, 2, 3, 4]);
  }));

Deno.test("a history that was removed begins anew and is gone on with", () =>
  inFolder(async (dir) => {
    const options = await tinyOptions(tinyConfig(dir, { train: { num_epochs: 4 } }));
    await trainModel({ ...options, stopAfter: 2 });
    await Deno.remove(join(dir, "history.jsonl"));
    await trainModel({ ...options, stopAfter: 3 });
    await trainModel(options);
    assertEquals((await recordsOf(dir)).map(({ epoch }) => epoch), [2, 3]);
  }));

Deno.test("a score that is no number is null in the history and read as one", () =>
  inFolder(async (dir) => {
    const path = join(dir, "history.jsonl");
    const scores = { loss: null, f1: [0.5, null] };
    const record = {
      epoch: 0,
      step: 5,
      learning_rate: 1,
      train: scores,
      val: scores,
      images: { train: 1, val: 1 },
      seconds: 1,
    };
    await Deno.writeTextFile(path, JSON.stringify(record) + "\n");
    assertEquals(await readHistory(path, 1) as unknown, [record]);
  }));
