import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Random } from "../../core/base/random.ts";
import { withFolderLock } from "../../core/base/folder_lock.ts";
import { needing } from "../_needing.ts";
import { testSeed } from "../_seed.ts";
import { newCompetition, succeed, wholeFiles } from "./_competition.ts";
import { rounds } from "./_rounds.ts";
import { startTask, startUntilSaved } from "./_started_task.ts";

const ENDLESS = ["small.yml", "--set", "train.num_epochs=100000", "--set", "train.dir=results/endless"];
const SMALL_SEARCH = ["search.trials=1", "search.seeds=0", "train.num_epochs=1"];
const SEARCH = ["small.yml", ...SMALL_SEARCH.map((override) => `--set=${override}`)];

const wait = (milliseconds: number) => new Promise((wake) => setTimeout(wake, milliseconds));

/** A task, and the folder that its files go to. */
const SHORT = [
  { name: "find_duplicate_images", flags: [], folder: "data" },
  { name: "cache_images", flags: ["small.yml"], folder: "data/cache" },
  { name: "inference", flags: ["small.yml"], folder: "inferences" },
] as const;

/** Why no terminal can be made here for a task, or null. */
async function noTerminal(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "the flags of script(1) are Linux's";
  const { success } = await new Deno.Command("sh", { args: ["-c", "command -v script"] }).output();
  return success ? null : "script(1) is not installed";
}

/** Waits until no task writes to a folder. */
async function untilFree(folder: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await withFolderLock(folder, () => Promise.resolve(true)).catch(() => false)) return;
    await wait(100);
  }
  throw new Error(`"${folder}" is still written to`);
}

const terminal = await noTerminal();

describe("tasks that are interrupted", () => {
  let cwd = "";
  beforeAll(async () => {
    cwd = await newCompetition();
    await succeed(cwd, "train", "small.yml");
  });
  afterAll(() => Deno.remove(cwd, { recursive: true }));

  it("a training that is asked to stop saves first, however it is asked and how often at once", async () => {
    const random = new Random(testSeed("moments of signals"), "signals");
    const saved = join(cwd, "results/endless/checkpoint/resume.safetensors");
    for (let round = 0; round < rounds(1, 8); round++) {
      for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
        const task = await startUntilSaved({ cwd, name: "train", flags: ENDLESS }, saved);
        await wait(random.uniform(0, 400));
        task.child.kill(signal);
        // What the terminal sends to `deno task` and its program arrives a second time.
        await wait(random.uniform(0, 20));
        if (task.isRunning()) task.child.kill(signal);
        const { code, stdout, stderr } = await task.end;
        assertEquals(code, 130, stderr);
        assertStringIncludes(stderr, "Interrupted; saved to");
        if (round > 0 || signal !== "SIGTERM") assertStringIncludes(stdout, "Going on at epoch");
      }
    }
  });

  it("a training whose terminal is closed saves first", async (t) => {
    await t.step({
      ...needing("under script(1)", terminal),
      fn: async () => {
        const dir = join(cwd, "results/closed"), saved = join(dir, "checkpoint/resume.safetensors");
        const flags = [...ENDLESS, "--set", "train.dir=results/closed"];
        const around = 'exec script -qec "exec $*" /dev/null';
        const task = await startUntilSaved({ cwd, name: "train", flags, around }, saved);
        // The terminal goes with the program that has made it.
        task.child.kill("SIGKILL");
        await untilFree(dir);
        const again = await startUntilSaved({ cwd, name: "train", flags }, saved);
        again.child.kill("SIGTERM");
        const { stdout } = await again.end;
        // Only what is saved on a wish to stop lies within an epoch.
        assertMatch(stdout, /Going on at epoch \d+, batch \d/);
      },
    });
  });

  it("a task that a signal ends leaves whole files, and the same command goes on", async (t) => {
    const random = new Random(testSeed("moments of signals"), "short");
    for (const { name, flags, folder } of SHORT) {
      await t.step(name, async () => {
        const start = performance.now();
        await succeed(cwd, name, ...flags);
        const expected = await wholeFiles(join(cwd, folder)), took = performance.now() - start;
        const count = rounds(2, 25);
        let ended = 0;
        for (let round = 0; round < count; round++) {
          if (folder !== "data") await Deno.remove(join(cwd, folder), { recursive: true });
          const task = await startTask({ cwd, name, flags });
          await wait((round + random.next()) / count * took);
          if (task.isRunning()) task.child.kill("SIGTERM");
          const { code, stderr } = await task.end;
          assert(code === 0 || code === 143, `exit ${code}: ${stderr}`);
          if (code === 143) ended++;
          for (const [file, bytes] of await wholeFiles(join(cwd, folder))) {
            assertEquals(bytes, expected.get(file), `${file} is not whole`);
          }
          await succeed(cwd, name, ...flags);
          assertEquals(await wholeFiles(join(cwd, folder)), expected);
        }
        assert(ended > 0, "no signal came in time");
      });
    }
  });

  it("a search that is terminated goes on to the same policies", async () => {
    const random = new Random(testSeed("moments of signals"), "search");
    const search = (dir: string) => [...SEARCH, "--set", `train.dir=results/${dir}`];
    await succeed(cwd, "search", ...search("whole"));
    const policies = (dir: string) => Deno.readTextFile(join(cwd, "results", dir, "best_policy.data"));
    for (let round = 0; round < rounds(1, 8); round++) {
      const flags = search(`stopped${round}`);
      const saved = join(cwd, `results/stopped${round}/trials/0001.json`);
      const task = await startUntilSaved({ cwd, name: "search", flags }, saved);
      await wait(random.uniform(0, 100));
      if (task.isRunning()) task.child.kill("SIGTERM");
      const { code, stderr } = await task.end;
      assert(code === 130 || code === 0, `exit ${code}: ${stderr}`);
      await succeed(cwd, "search", ...flags);
      assertEquals(await policies(`stopped${round}`), await policies("whole"));
    }
  });
});
