import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { checkWritable, checkWritableFile } from "../../../core/base/check_writable.ts";
import { Problem } from "../../../core/base/problem.ts";
import { needing } from "../../_needing.ts";
import { inFolder } from "../../_in_folder.ts";

Deno.test("a folder that is there or can be made is writable, and nothing is left in it", () =>
  inFolder(async (folder) => {
    await checkWritable(folder, "train.dir");
    await checkWritable(join(folder, "new", "run"), "train.dir");
    await checkWritableFile(join(folder, "new", "a.csv"), "the predictions");
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("what a process that was killed while it looked has left is removed by the next look", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, ".writable.123.part"), "");
    await checkWritable(join(folder, "run"), "train.dir");
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("a folder below a file cannot be written to", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "results"), "");
    const run = join(folder, "results", "run");
    const problem = await assertRejects(() => checkWritable(run, "train.dir"), Problem);
    assertStringIncludes(problem.message, `Cannot write to train.dir "${run}": a part of the path is a file`);
    assertEquals(problem.exitCode, 1);
  }));

Deno.test("a file that has the name of a folder cannot be written", () =>
  inFolder(async (folder) => {
    const problem = await assertRejects(() => checkWritableFile(folder, "the predictions"), Problem);
    assertEquals(problem.message, `Cannot write the predictions "${folder}": it is a folder`);
    assertEquals(problem.exitCode, 2);
  }));

const root = Deno.build.os === "windows" ? "folders are not locked by their mode" : "root may write anywhere";
const lockable = Deno.build.os !== "windows" && Deno.uid() !== 0;

Deno.test({
  ...needing("a read-only folder cannot be written to", lockable ? null : root),
  fn: () =>
    inFolder(async (folder) => {
      await Deno.chmod(folder, 0o555);
      const run = join(folder, "run");
      const problem = await assertRejects(() => checkWritable(run, "train.dir"), Problem);
      assertStringIncludes(
        problem.message,
        `Cannot write to train.dir "${run}": the system does not permit it`,
      );
      assertEquals(problem.exitCode, 1);
    }),
});
