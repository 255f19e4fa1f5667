import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Random } from "../../core/base/random.ts";
import { testSeed } from "../_seed.ts";
import {
  contents,
  copyFolder,
  EXACT,
  makePlannedCompetition,
  mustRun,
  planIn,
} from "../tasks/_planned_competition.ts";
import { taskArguments } from "../tasks/_task_process.ts";
import { inFolder } from "../_in_folder.ts";
import { rounds } from "./_rounds.ts";

const RUNS = ["net.yml", "--folds=0-1", "--swa=2", "--inference_parts=2", "--set=checkpoint.every_steps=2"];
const PLAN = [...RUNS, "--splits=test", "--set=transform.params={size: 24}"];
/** With a search, whose policies the trainings use, hashes and a submission. */
const LONG_PLAN = ["search.yml", ...RUNS, "--hash_parts=2", "--submission=submission.yml"];

/** A worker on the whole plan of a folder. */
interface Started {
  readonly child: Deno.ChildProcess;
  /** How it ended; null while it runs. */
  end: Deno.CommandStatus | null;
}

async function start(cwd: string): Promise<Started> {
  const args = await taskArguments("worker", []);
  const child = new Deno.Command(Deno.execPath(), { args, cwd, stdout: "null", stderr: "null" }).spawn();
  const started: Started = { child, end: null };
  child.status.then((end) => started.end = end);
  return started;
}

/** Kills one of two workers, and starts it anew, so often, at random moments; waits until both have ended. */
async function runWithKills(folder: string, kills: number, random: Random): Promise<void> {
  const workers = [await start(folder), await start(folder)];
  for (let kill = 0; kill < kills; kill++) {
    await new Promise((wake) => setTimeout(wake, random.uniform(500, 4000)));
    const place = random.integer(0, 1), { child, end } = workers[place]!;
    if (end !== null) break;
    child.kill("SIGKILL");
    await child.status;
    workers[place] = await start(folder);
  }
  for (const { child } of workers) assertEquals((await child.status).code, 0);
}

Deno.test("two workers in one folder, killed at random moments, make the bytes of one that was not", () =>
  inFolder(async (folder) => {
    const random = new Random(testSeed("kills of workers"), "kills");
    const [calm, killed] = [join(folder, "calm"), join(folder, "killed")];
    await Deno.mkdir(calm);
    await makePlannedCompetition(calm);
    await copyFolder(calm, killed);
    const plan = rounds(0, 1) === 0 ? PLAN : LONG_PLAN;
    const units = await planIn(calm, ...plan);
    await planIn(killed, ...plan);
    await Promise.all([mustRun(calm, "worker"), runWithKills(killed, rounds(3, 20), random)]);
    const [expected, found] = [await contents(calm, EXACT), await contents(killed, EXACT)];
    assert(expected.size > 10, `${expected.size} files`);
    assertEquals(found, expected);
    const stored = await contents(join(killed, "results", "store", "units"), /./);
    assertEquals([...stored.keys()].sort(), units.map(({ id }) => join(id, "result.json")).sort());
  }));
