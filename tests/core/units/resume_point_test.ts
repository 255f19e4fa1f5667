import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { openStore } from "../../../core/store/open_store.ts";
import type { Store } from "../../../core/store/store.ts";
import { removeResumePoint, ResumePoint } from "../../../core/units/resume_point.ts";
import { filesBelow } from "../../../core/units/unit_files.ts";
import { inFolder } from "../../_in_folder.ts";

const UNIT = "train-0123456789abcdef";

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(join(folder, name, ".."), { recursive: true });
    await Deno.writeTextFile(join(folder, name), text);
  }
}

async function read(folder: string): Promise<Record<string, string>> {
  const paths = await filesBelow([folder]);
  return Object.fromEntries(
    await Promise.all(
      paths.map(async (path) => [path.slice(folder.length + 1), await Deno.readTextFile(path)]),
    ),
  );
}

/** Runs a body with a store, a run's folder, and the means to open its resume point as a new process does. */
function withRun(
  body: (
    run: { dir: string; store: Store; open: () => ResumePoint; keys: () => Promise<string[]> },
  ) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    const store = await openStore(join(folder, "store")), dir = join(folder, "run");
    await Deno.mkdir(dir);
    const keys = () => Array.fromAsync(store.list(`units/${UNIT}/`));
    await body({ dir, store, keys, open: () => new ResumePoint(store, UNIT, [dir]) });
  });
}

describe("a resume point in a store", () => {
  it("brings back what was saved last, and nothing beside it", () =>
    withRun(async ({ dir, open, keys }) => {
      const point = open();
      await point.restore();
      await write(dir, { "history.jsonl": "1\n", "checkpoint/resume": "one" });
      await point.save();
      const second = { "history.jsonl": "1\n2\n", "checkpoint/resume": "two", "checkpoint/best": "two" };
      await write(dir, second);
      await point.save();
      assertEquals((await keys()).length, 3, "two contents and a list: what is old is removed");
      await write(dir, { "history.jsonl": "1\n2\n3\n", "checkpoint/epoch_0003": "half a checkpoint" });
      await open().restore();
      assertEquals(await read(dir), second);
      await Deno.remove(dir, { recursive: true });
      await open().restore();
      assertEquals(await read(dir), second);
    }));

  it("leaves locks and the mark of the run's owner alone", () =>
    withRun(async ({ dir, open }) => {
      await write(dir, { a: "1" });
      await open().save();
      await write(dir, { ".lock": "", ".unit": UNIT });
      await open().restore();
      const names = await Array.fromAsync(Deno.readDir(dir));
      assertEquals(names.map(({ name }) => name).sort(), [".lock", ".unit", "a"]);
    }));

  it("begins anew where another worker has removed a part of it", () =>
    withRun(async ({ dir, store, open, keys }) => {
      await write(dir, { a: "1", b: "2" });
      await open().save();
      await store.delete((await keys()).find((key) => !key.endsWith("files.json"))!);
      await write(dir, { a: "3", b: "4" });
      await open().restore();
      assertEquals(await read(dir), {});
    }));

  it("is none before the first and after it is removed", () =>
    withRun(async ({ dir, store, open, keys }) => {
      await write(dir, { a: "1" });
      await open().restore();
      assertEquals(await read(dir), { a: "1" });
      await open().save();
      await removeResumePoint(store, UNIT);
      assertEquals(await keys(), []);
    }));
});
