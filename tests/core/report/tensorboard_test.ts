import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { listFiles } from "../../../core/base/files.ts";
import {
  EventWriter,
  frameRecord,
  readRecords,
  scalarEvent,
  versionEvent,
} from "../../../core/report/tensorboard.ts";
import { inFolder } from "../../_in_folder.ts";

// Records that TensorFlow's own writer makes of the same events.
const VERSION = "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c";
const LOSS = "1a00000000000000129bd82d09000000000000004010072a0d0a0b0a046c6f7373150000003fc33fc24a";

async function onlyFile(dir: string): Promise<{ path: string; bytes: Uint8Array<ArrayBuffer> }> {
  const names = await listFiles(dir);
  assertEquals(names.length, 1);
  const path = join(dir, names[0]!);
  return { path, bytes: await Deno.readFile(path) };
}

describe("event records", () => {
  it("equal TensorFlow's bytes", () => {
    assertEquals(frameRecord(versionEvent(1.5)).toHex(), VERSION);
    assertEquals(frameRecord(scalarEvent({ loss: 0.5 }, { time: 2, step: 7 })).toHex(), LOSS);
  });

  it("are read back up to the first that is cut short or damaged", () => {
    const whole = Uint8Array.fromHex(VERSION + LOSS);
    assertEquals(readRecords(whole).length, 2);
    assertEquals(readRecords(whole.subarray(0, whole.length - 1)).length, 1);
    const damaged = whole.slice();
    damaged[20]! ^= 1;
    assertEquals(readRecords(damaged).length, 0);
    const wrongLength = whole.slice();
    wrongLength[0]! ^= 1;
    assertEquals(readRecords(wrongLength).length, 0);
  });
});

describe("EventWriter", () => {
  it("begins a file with the version and appends on flush", () =>
    inFolder(async (dir) => {
      const writer = await EventWriter.open(dir, 0);
      writer.add(3, { "val/f1": 0.5 });
      assertEquals(readRecords((await onlyFile(dir)).bytes).length, 1);
      await writer.flush();
      const { bytes } = await onlyFile(dir);
      assertEquals(readRecords(bytes).length, 2);
      assertEquals(writer.size, bytes.length);
    }));

  it("cuts back to where the checkpoint was, drops a torn record and goes on", () =>
    inFolder(async (dir) => {
      const writer = await EventWriter.open(dir, 0);
      writer.add(1, { loss: 1 });
      await writer.flush();
      const saved = writer.size;
      writer.add(2, { loss: 2 });
      await writer.flush();
      const { path, bytes } = await onlyFile(dir);
      await Deno.writeFile(path, bytes.subarray(0, bytes.length - 3));
      const resumed = await EventWriter.open(dir, saved);
      assertEquals(resumed.size, saved);
      resumed.add(2, { loss: 3 });
      await resumed.flush();
      const after = (await onlyFile(dir)).bytes;
      assertEquals(readRecords(after).length, 3);
      assertEquals(after.length, resumed.size);
    }));
});
