import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Random } from "../../core/base/random.ts";
import { testSeed } from "../_seed.ts";
import { runInFolder } from "../tasks/_task_process.ts";
import { newCompetition, succeed } from "./_competition.ts";
import { rounds } from "./_rounds.ts";
import { startUntilSaved } from "./_started_task.ts";

/** More epochs than any test waits for. */
const ENDLESS = ["--set", "train.num_epochs=100000"];
const TRAIN = ["small.yml", ...ENDLESS];
const SEARCH = ["small.yml", ...ENDLESS, "--set", "search.trials=2", "--set", "train.dir=results/search"];

/** A task, its endless command line, and a file that it soon saves. */
const WRITERS = [
  { name: "train", flags: TRAIN, dir: "./results/small", file: "checkpoint/resume.safetensors" },
  { name: "search", flags: SEARCH, dir: "results/search", file: "trials/0000/checkpoint/resume.safetensors" },
] as const;

describe("two tasks at once", () => {
  let cwd = "";
  beforeAll(async () => {
    cwd = await newCompetition();
  });
  afterAll(() => Deno.remove(cwd, { recursive: true }));

  it("a second training or search of a folder is refused, and goes on after a kill of the first", async (t) => {
    const random = new Random(testSeed("moments of kills"), "two at once");
    for (const { name, flags, dir, file } of WRITERS) {
      await t.step(name, async () => {
        for (let round = 0; round < rounds(1, 10); round++) {
          const first = await startUntilSaved({ cwd, name, flags }, join(cwd, dir, file));
          for (const more of [[], ["--fresh"]]) {
            const { code, stderr } = await runInFolder(cwd, name, [...flags, ...more]);
            assertEquals(code, 1, stderr);
            assertStringIncludes(stderr, `error: Cannot write to "${dir}": another task`);
            assertStringIncludes(stderr, "next: Wait until that task has ended");
          }
          await new Promise((wake) => setTimeout(wake, random.uniform(0, 300)));
          assert(first.isRunning(), "the first does not mind the second");
          first.child.kill("SIGKILL");
          await first.end;
        }
        const again = await startUntilSaved({ cwd, name, flags }, join(cwd, dir, file));
        again.child.kill("SIGTERM");
        const { code, stderr } = await again.end;
        assertEquals(code, 130, stderr);
      });
    }
  });

  it("two searches for duplicates at once both find what one finds", async () => {
    const outputs = ["duplicates.ahash.csv", "duplicates.phash.csv", "duplicates.report.json"];
    const read = () => Promise.all(outputs.map((name) => Deno.readTextFile(join(cwd, "data", name))));
    const alone = await read();
    for (let round = 0; round < rounds(2, 20); round++) {
      for (const end of ["", "-wal", "-shm"]) {
        await Deno.remove(join(cwd, "data", `.hash_cache.sqlite${end}`)).catch(() => {});
      }
      for (const name of outputs) await Deno.remove(join(cwd, "data", name));
      await Promise.all([1, 2].map(() => succeed(cwd, "find_duplicate_images")));
      assertEquals(await read(), alone, `round ${round}`);
    }
  });

  it("inference reads a run that is being trained", async () => {
    const resume = join(cwd, "results/small/checkpoint/resume.safetensors");
    const training = await startUntilSaved({ cwd, name: "train", flags: TRAIN }, resume);
    for (let round = 0; round < rounds(1, 20); round++) {
      await succeed(cwd, "inference", "small.yml", "--num_tta=1");
      const rows = (await Deno.readTextFile(join(cwd, "inferences/small.test.csv"))).trim().split("\n");
      assertEquals(rows.length, 1 + 12);
    }
    assert(training.isRunning());
    training.child.kill("SIGTERM");
    assertEquals((await training.end).code, 130);
  });
});
