import { assertEquals, assertMatch } from "@std/assert";
import { inFolder } from "../_in_folder.ts";
import { makeSmallCompetition, smallConfig } from "./_small_competition.ts";
import { runInFolder } from "./_task_process.ts";

Deno.test("deno task train on a backend without half precision", () =>
  inFolder(async (cwd) => {
    await makeSmallCompetition(cwd, smallConfig(0));
    for (const precision of ["bfloat16", "float16"]) {
      const flags = ["small.yml", "--set", `train.precision=${precision}`];
      const refused = await runInFolder(cwd, "train", flags);
      assertEquals(refused.code, 2, refused.stderr);
      assertMatch(
        refused.stderr,
        new RegExp(`^error: .*train\\.precision: ${precision}.*"wasm".*float32`, "m"),
      );
      assertMatch(refused.stderr, /name a backend that may have it: tensorflow /);
    }
    const unknown = await runInFolder(cwd, "train", ["small.yml", "--set", "train.precision=half"]);
    assertEquals(unknown.code, 2, unknown.stderr);
    assertMatch(unknown.stderr, /train\.precision/);
    const auto = ["small.yml", "--set", "train.precision=auto", "--set", "train.num_epochs=1"];
    const { code, stdout, stderr } = await runInFolder(cwd, "train", auto);
    assertEquals(code, 0, stderr);
    assertEquals(
      (stdout + stderr).match(/^train\.precision: float32 \(auto\)$/gm)?.length,
      1,
      stdout + stderr,
    );
  }));
