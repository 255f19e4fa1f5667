import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { listFiles } from "../../../core/base/files.ts";
import { readRecords, scalarEvent, versionEvent } from "../../../core/report/tensorboard.ts";
import { readResume } from "../../../core/run_folder/resume_file.ts";
import { writeFileAtomic } from "../../../core/base/files.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import { readSafetensors, writeCheckedSafetensors } from "../../../core/weights/safetensors.ts";
import { inFolder } from "../../_in_folder.ts";
import { recordsOf } from "../../core/train/_history.ts";
import { tinyConfig, tinyOptions } from "../../core/train/_tiny.ts";

await tf.setBackend("cpu");

/** The event file's name in a run folder. */
async function eventFile(dir: string): Promise<string> {
  const names = (await listFiles(dir)).filter((name) => name.startsWith("events."));
  assertEquals(names.length, 1);
  return join(dir, names[0]!);
}

/** Records without their first nine bytes, the wall time. */
function withoutTimes(records: readonly Uint8Array[]): Uint8Array[] {
  return records.map((record) => record.slice(9));
}

Deno.test("the event file has the loss of steps and the scores of epochs, in the order of their names", () =>
  inFolder(async (dir) => {
    await trainModel(await tinyOptions(tinyConfig(dir)));
    const records = readRecords(await Deno.readFile(await eventFile(dir)));
    const epochs = (await recordsOf(dir)).map(({ step, val, train, learning_rate }) =>
      scalarEvent({
        "train/learning_rate": learning_rate,
        "train/epoch_loss": train.loss,
        "train/macro_f1": train.macro_f1!,
        "val/loss": val.loss,
        "val/acc": val.accuracy!,
        "val/f1": val.macro_f1!,
        "val/f1_occurring": val.macro_f1_occurring!,
        "val/f1_00": val.f1![0]!,
        "val/f1_01": val.f1![1]!,
        "val/f1_02": val.f1![2]!,
      }, { time: 0, step })
    );
    // Steps 0 and 10 of fifteen; their loss is told nowhere else.
    const losses = [records[1]!, records[4]!];
    const expected = [versionEvent(0), losses[0], epochs[0], epochs[1], losses[1], epochs[2]];
    assertEquals(records.length, 6);
    assertEquals(withoutTimes(records), withoutTimes(expected as Uint8Array[]));
  }));

Deno.test("a resume file from before there were other loggers has the length of the event file alone", () =>
  inFolder(async (dir) => {
    const options = await tinyOptions(tinyConfig(dir));
    await trainModel({ ...options, stopAfter: 2 });
    const before = await Deno.readFile(await eventFile(dir));
    const path = join(dir, "checkpoint", "resume.safetensors");
    const { tensors, metadata } = readSafetensors(await Deno.readFile(path));
    const { loggers, ...progress } = (await readResume(path)).progress as Record<string, never>;
    assertEquals(loggers, { tensorboard: before.length } as never);
    const old = {
      ...Object.fromEntries(metadata),
      progress: JSON.stringify({ ...progress, events: before.length }),
    };
    await writeFileAtomic(path, writeCheckedSafetensors(tensors, old as Record<string, string>));
    await trainModel(options);
    const after = await Deno.readFile(await eventFile(dir));
    assertEquals(after.subarray(0, before.length), before);
    assertEquals(readRecords(after).length, 6);
  }));
