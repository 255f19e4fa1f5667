import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { pathExists } from "../../core/base/files.ts";
import { inFolder } from "../_in_folder.ts";
import { withMlflow } from "../plugins/loggers/_local_mlflow.ts";
import { makeSmallCompetition, smallConfig } from "./_small_competition.ts";
import { runInFolder, taskArguments } from "./_task_process.ts";

Deno.test("mlflow logs where the line of the task lets it, and is a warning where it does not", async () => {
  await inFolder(async (cwd) => {
    await withMlflow(async ({ uri, calls }) => {
      await makeSmallCompetition(cwd, smallConfig(0));
      const loggers = `--set=loggers=["tensorboard",{"name":"mlflow","params":{"uri":"${uri}"}}]`;
      const { host } = new URL(uri);

      const refused = await runInFolder(cwd, "train", ["small.yml", loggers]);
      assertEquals(refused.code, 0, refused.stderr);
      assertStringIncludes(refused.stderr, `this task may not reach ${host}`);
      assertStringIncludes(refused.stderr, `--allow-net=${host}`);
      assertStringIncludes(refused.stderr, "mlflow lost 3 of its calls");
      assertEquals(calls, []);

      // As the README says: train's line with one permission more.
      const [run, ...words] = await taskArguments("train", ["small.yml", loggers, "--fresh"]);
      const args = [run!, `--allow-net=${host}`, ...words];
      const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd }).output();
      assertEquals([code, new TextDecoder().decode(stderr).includes("warning")], [0, false]);
      assertEquals(calls.filter(({ body }) => body.metrics !== undefined).length, 2);
      assertEquals(calls.at(-1)!.body.status, "FINISHED");

      const page = await Deno.readTextFile(join(cwd, "results", "small", "index.html"));
      assertStringIncludes(page, "finished after 2 of 2 epochs");
      assert(!page.includes("Last warnings"));
      assert(await pathExists(join(cwd, "results", "small", "mlflow.json")));
    });
  });
});
