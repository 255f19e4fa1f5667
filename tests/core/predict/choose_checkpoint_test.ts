import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { chooseCheckpoint } from "../../../core/predict/choose_checkpoint.ts";
import { Problem } from "../../../core/base/problem.ts";

async function withRun(names: readonly string[], run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(dir, "checkpoint"));
    for (const name of names) await Deno.writeTextFile(join(dir, "checkpoint", `${name}.safetensors`), "");
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("the newest average is taken, else the best epoch, else the last", async () => {
  const cases = [
    [
      ["epoch_0003", "epoch_0012", "best_0002", "swa.10.009", "swa.3.012", "swa.10.012", "resume"],
      "swa.10.012",
    ],
    [["swa.10.012", "swa_greedy.5.012", "swa_greedy.10.009", "best_0002"], "swa_greedy.5.012"],
    [["swa.10.012", "swa_greedy.10.009", "greedy.10.020"], "swa.10.012"],
    [["epoch_0003", "best_0002", "resume"], "best_0002"],
    [["epoch_0003", "epoch_0012", "resume"], "epoch_0012"],
  ] as const;
  for (const [names, wanted] of cases) {
    await withRun(names, async (dir) => {
      assertEquals(await chooseCheckpoint(dir), join(dir, "checkpoint", `${wanted}.safetensors`));
    });
  }
});

Deno.test("a checkpoint may be named as upstream names it, by stem, by file or by path", () =>
  withRun(["swa.10.040", "epoch_0040"], async (dir) => {
    const path = join(dir, "checkpoint", "swa.10.040.safetensors");
    for (const name of ["swa.10.040.pth", "swa.10.040", "swa.10.040.safetensors", path]) {
      assertEquals(await chooseCheckpoint(dir, name), path);
    }
    const problem = await assertRejects(() => chooseCheckpoint(dir, "swa.10.041"), Problem, "swa.10.040");
    assertEquals(problem.exitCode, 3);
  }));

Deno.test("a run without checkpoints says what to do", () =>
  withRun([], async (dir) => {
    const problem = await assertRejects(() => chooseCheckpoint(dir), Problem, "there is no checkpoint");
    assertEquals([problem.exitCode, problem.next?.includes("train")], [3, true]);
  }));
