import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { failedWhile, Problem } from "../../../core/base/problem.ts";
import { readFile } from "../../../core/base/read_file.ts";
import { systemProblem, unreadableReason } from "../../../core/base/system_error.ts";
import { inFolder } from "../../_in_folder.ts";

async function errorOf(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail");
}

Deno.test("errors of reading are data problems with the path and the reason", async () => {
  await inFolder(async (folder) => {
    const loop = join(folder, "loop"), file = join(folder, "file"), long = join(folder, "x".repeat(300));
    await Deno.symlink(loop, loop);
    await Deno.writeTextFile(file, "");
    const cases: [() => Promise<unknown>, string][] = [
      [() => readFile(loop, "text"), `Cannot read "${loop}": its symbolic links lead in a circle`],
      [
        () => Deno.stat(join(file, "a")),
        `Cannot look at "${file}/a": a part of the path is a file, not a folder`,
      ],
      [() => Deno.readFile(folder), `Cannot read "${folder}": it is a folder, not a file`],
      [
        () => Array.fromAsync(Deno.readDir(file)),
        `Cannot list "${file}": a part of the path is a file, not a folder`,
      ],
      [() => Deno.stat(long), `Cannot look at "${long}": its name is too long`],
    ];
    for (const [action, message] of cases) {
      const error = await errorOf(action);
      const problem = error instanceof Problem ? error : systemProblem(error);
      assertEquals([problem?.kind, problem?.message], ["data", message]);
    }
  });
});

Deno.test("errors of writing and of the machine are no data problems", () => {
  const written = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
  const full = systemProblem(failedWhile('Cannot write "a.csv"', written));
  assertEquals([full?.kind, full?.message], ["failed", 'Cannot write "a.csv": no space is left on the disk']);
  const many = Object.assign(new Error("Too many open files (os error 24): open 'a.png'"), {
    code: "EMFILE",
  });
  assertEquals(systemProblem(many)?.message, 'Cannot open "a.png": too many files are open');
  assertEquals(systemProblem(many)?.kind, "failed");
  assertEquals(unreadableReason(many), null);
});

Deno.test({
  name: "errors that Deno gives no code are known by their number",
  ignore: Deno.build.os !== "linux" && Deno.build.os !== "darwin",
  fn: () => {
    const large = new Error("File too large (os error 27): writefile 'a.csv'");
    assertEquals(
      systemProblem(large)?.message,
      'Cannot write "a.csv": it would become larger than the system permits',
    );
    const quota = new Error(`Disk quota exceeded (os error ${Deno.build.os === "linux" ? 122 : 69})`);
    const problem = systemProblem(failedWhile('Cannot write "a.csv"', quota));
    assertEquals([problem?.kind, problem?.message], [
      "failed",
      'Cannot write "a.csv": the disk quota is used up',
    ]);
    assertEquals(systemProblem(new Error("Owner died (os error 130)")), null);
  },
});

Deno.test("what was being done is told in the words of the code that wrapped the error", async () => {
  const error = await errorOf(() => Deno.readFile("no/such/file"));
  assertEquals(
    systemProblem(failedWhile("Cannot open shard 3", error))?.message,
    "Cannot open shard 3: there is no such file",
  );
  assertEquals(unreadableReason(error), "there is no such file");
  assertEquals(unreadableReason(failedWhile("Cannot hash", error)), null);
  assertEquals(systemProblem(new TypeError("x is undefined")), null);
});
