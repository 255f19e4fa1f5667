import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { pathExists } from "../../../core/base/files.ts";
import { HeldFolder, withFolderLock } from "../../../core/base/folder_lock.ts";
import { Problem } from "../../../core/base/problem.ts";
import { ownRun } from "../../../core/units/run_owner.ts";
import { inFolder } from "../../_in_folder.ts";

/** A run's folder below another, with a history where the run has begun. */
async function newRun(folder: string, begun: boolean): Promise<string> {
  const dir = join(folder, "run");
  await Deno.mkdir(join(dir, "checkpoint"), { recursive: true });
  if (begun) await Deno.writeTextFile(join(dir, "history.jsonl"), "{}\n");
  return dir;
}

describe("the folder of a run", () => {
  it("belongs to the unit that comes first, and what that trained stays", () =>
    inFolder(async (folder) => {
      const dir = await newRun(folder, false);
      await Promise.all([1, 2, 3].map(() => ownRun(dir, "train-a")));
      await Deno.writeTextFile(join(dir, "history.jsonl"), "{}\n");
      await ownRun(dir, "train-a");
      assertEquals(await Deno.readTextFile(join(dir, "history.jsonl")), "{}\n");
    }));

  it("is cleared for the unit of a later plan, unless that run is being trained", () =>
    inFolder(async (folder) => {
      const dir = await newRun(folder, false);
      await ownRun(dir, "train-a");
      for (const name of ["epoch_0001", "swa.2.001", "resume"]) {
        await Deno.writeTextFile(join(dir, "checkpoint", `${name}.safetensors`), "");
      }
      await withFolderLock(dir, () => assertRejects(() => ownRun(dir, "train-b"), HeldFolder));
      await ownRun(dir, "train-b");
      assertEquals(await Array.fromAsync(Deno.readDir(join(dir, "checkpoint"))), []);
    }));

  it("is refused where the train task has trained there", () =>
    inFolder(async (folder) => {
      const dir = await newRun(folder, true);
      const error = await assertRejects(() => ownRun(dir, "train-a"), Problem, "would be lost");
      assertEquals(error.exitCode, 2);
      assertEquals(await pathExists(join(dir, ".unit")), false);
    }));
});
