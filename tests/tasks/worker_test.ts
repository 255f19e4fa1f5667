import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { pathExists } from "../../core/base/files.ts";
import { openStore } from "../../core/store/open_store.ts";
import { readFailure } from "../../core/units/results.ts";
import type { Unit } from "../../core/units/unit.ts";
import { withS3Server } from "../core/store/_s3_server.ts";
import {
  contents,
  copyFolder,
  EXACT,
  makePlannedCompetition,
  mustRun,
  planIn,
} from "./_planned_competition.ts";
import { runInFolder, taskArguments } from "./_task_process.ts";

let made = "";
const folders: string[] = [];

/** A folder with the competition: another machine, unless it is given the store of one. */
async function newMachine(store?: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  folders.push(folder);
  await copyFolder(made, folder);
  await Deno.mkdir(join(folder, "results"), { recursive: true });
  if (store !== undefined) {
    await Deno.symlink(join(store, "results", "store"), join(folder, "results", "store"));
  }
  return folder;
}

/** The commands that a single machine is given for two folds. */
async function runAlone(folder: string): Promise<void> {
  await mustRun(folder, "search", "search.yml");
  for (const fold of [0, 1]) {
    const set = [`--set=data.params.idx_fold=${fold}`, `--set=train.dir=results/net.${fold}`];
    await mustRun(folder, "train", "net.yml", ...set);
    await mustRun(folder, "swa", "net.yml", "--num_checkpoint=2", ...set);
    for (const split of ["test_val", "test"]) {
      await mustRun(folder, "inference", "net.yml", `--split=${split}`, ...set);
    }
  }
  await mustRun(folder, "make_submission", "submission.yml");
}

const PLAN = ["search.yml", "net.yml", "--folds=0-1", "--swa=2", "--inference_parts=2", "--hash_parts=2"];

/** The number of a unit by its title. */
function numberOf(units: readonly Unit[], title: string): number {
  const number = units.findIndex((unit) => unit.title === title);
  assert(number >= 0, `${title} is among ${units.map((unit) => unit.title).join("; ")}`);
  return number;
}

async function startWorker(folder: string, ...flags: string[]): Promise<Deno.ChildProcess> {
  const args = await taskArguments("worker", flags);
  const quiet = { stdout: "null", stderr: "null" } as const;
  return new Deno.Command(Deno.execPath(), { args, cwd: folder, ...quiet }).spawn();
}

/** A plan of one long training, with a resume point at every epoch. */
async function planLong(folder: string): Promise<Unit> {
  const set = ["--set=train.num_epochs=40", "--set=transform.params={size: 24}", "--set=checkpoint.keep=2"];
  return (await planIn(folder, "net.yml", "--swa=0", "--splits=", ...set))[0]!;
}

/** Starts the long training and sends a signal once the store has a resume point; how the process ended. */
async function signalAfterPoint(
  folder: string,
  unit: Unit,
  signal: Deno.Signal,
): Promise<Deno.CommandStatus> {
  const child = await startWorker(folder, "--unit=0"), { status } = child;
  let ended = false;
  status.then(() => ended = true);
  const stored = join(folder, "results", "store", "units", unit.id);
  while (!(await pathExists(join(stored, "resume", "files.json")))) {
    assert(!ended, "the training ended before it had a resume point");
    await new Promise((wake) => setTimeout(wake, 5));
  }
  child.kill(signal);
  const end = await status;
  assert(!(await pathExists(join(stored, "result.json"))), "it was stopped in the middle");
  return end;
}

describe("deno task worker", () => {
  beforeAll(async () => {
    made = await Deno.makeTempDir();
    await makePlannedCompetition(made);
  });
  afterAll(async () => {
    for (const folder of [made, ...folders]) await Deno.remove(folder, { recursive: true });
  });

  it("makes the bytes of a single machine's commands, by two workers in one folder, and nothing twice", async () => {
    const [alone, shared] = [await newMachine(), await newMachine()];
    const units = await planIn(shared, ...PLAN, "--submission=submission.yml", "--report=results/report");
    await Promise.all([runAlone(alone), mustRun(shared, "worker"), mustRun(shared, "worker")]);
    const [expected, found] = [await contents(alone, EXACT), await contents(shared, EXACT)];
    assertEquals(found, expected);
    assert(found.size > 20, `${found.size} files`);
    assert(await pathExists(join(shared, "results", "report", "report.html")));
    const results = await contents(join(shared, "results", "store"), /result\.json$/);
    assertEquals(results.size, units.length);
    await mustRun(shared, "worker");
    await mustRun(shared, "worker", `--unit=${units.length - 1}`);
    assertEquals(await contents(join(shared, "results", "store"), /result\.json$/), results);
    const collected = await newMachine(shared);
    await Deno.copyFile(join(shared, "results", "plan.jsonl"), join(collected, "results", "plan.jsonl"));
    const { stdout } = await mustRun(collected, "worker", "--fetch");
    assertStringIncludes(stdout, `fetched ${units.length} of ${units.length} units`);
    assertEquals(await contents(collected, EXACT), expected);
    // A machine that has trained nothing predicts from the store.
    const other = await newMachine(shared);
    const title = "inference net.0.test.csv, part 1 of 2", unit = units[numberOf(units, title)]!;
    const part = unit.outputs[0]!;
    await Deno.remove(join(shared, "results", "store", "units", unit.id), { recursive: true });
    await Deno.copyFile(join(shared, "results", "plan.jsonl"), join(other, "results", "plan.jsonl"));
    await mustRun(other, "worker", `--unit=${numberOf(units, title)}`);
    assertEquals(await Deno.readFile(join(other, part)), await Deno.readFile(join(shared, part)));
    const placed = await contents(join(other, "results"), /safetensors$/);
    assertEquals([...placed.keys()].filter((path) => !path.startsWith("store")), [
      "net.0/checkpoint/swa.2.002.safetensors",
    ]);
  });

  it("averages greedily, and predicts with that, as the tasks do", async () => {
    const [alone, trained] = [await newMachine(), await newMachine()];
    const set = ["net.yml", "--set=transform.params={size: 24}"];
    await planIn(trained, ...set, "--swa=2", "--greedy", "--splits=test");
    const trainAlone = async () => {
      await mustRun(alone, "train", ...set);
      await mustRun(alone, "swa", ...set, "--num_checkpoint=2", "--greedy");
      await mustRun(alone, "inference", ...set);
    };
    await Promise.all([trainAlone(), mustRun(trained, "worker", "--unit=0")]);
    const other = await newMachine(trained);
    await Deno.copyFile(join(trained, "results", "plan.jsonl"), join(other, "results", "plan.jsonl"));
    await mustRun(other, "worker");
    for (const path of ["results/net/checkpoint/swa_greedy.2.002.safetensors", "inferences/net.test.csv"]) {
      assertEquals(await Deno.readFile(join(other, path)), await Deno.readFile(join(alone, path)), path);
    }
  });

  it("takes its unit's number from Kubernetes' environment or Slurm's, unless a flag names it", async () => {
    const folder = await newMachine();
    const units = await planIn(
      folder,
      "net.yml",
      "--swa=2",
      "--splits=",
      "--set=transform.params={size: 24}",
    );
    assertEquals(units.map(({ kind }) => kind), ["train", "swa"]);
    const results = async () => [...(await contents(folder, /result\.json$/)).keys()].length;
    const work = async (env: Record<string, string>, ...flags: string[]) =>
      (await runInFolder(folder, "worker", flags, { env })).code;
    // Its need has no result: it makes room.
    assertEquals([await work({ JOB_COMPLETION_INDEX: "1" }), await results()], [130, 0]);
    assertEquals([await work({ JOB_COMPLETION_INDEX: "0" }), await results()], [0, 1]);
    assertEquals([await work({ SLURM_ARRAY_TASK_ID: "9" }, "--unit=0"), await results()], [0, 1]);
    assertEquals([await work({ SLURM_ARRAY_TASK_ID: "1" }), await results()], [0, 2]);
    for (const number of ["2", "-1", "one", ""]) {
      assertEquals(await work({ JOB_COMPLETION_INDEX: number }), 2, number);
    }
  });

  it("goes on with a killed training on another machine, to the same bytes", async () => {
    const [whole, killed] = [await newMachine(), await newMachine()];
    const unit = await planLong(killed);
    await planLong(whole);
    const [, end] = await Promise.all([mustRun(whole, "worker"), signalAfterPoint(killed, unit, "SIGKILL")]);
    assertEquals(end.signal, "SIGKILL");
    const other = await newMachine(killed);
    await planLong(other);
    assertStringIncludes((await mustRun(other, "worker", "--unit=0")).stdout, "Going on at epoch");
    assertEquals(await contents(other, EXACT), await contents(whole, EXACT));
    const left = await contents(join(killed, "results", "store", "units"), /resume/);
    assertEquals([...left.keys()], []);
  });

  it("ends with 130 and a resume point when it is asked to stop, and goes on", async () => {
    const folder = await newMachine(), unit = await planLong(folder);
    assertEquals((await signalAfterPoint(folder, unit, "SIGTERM")).code, 130);
    assert(!(await pathExists(join(folder, "results", "store", "units", unit.id, "failed.json"))));
    assertStringIncludes((await mustRun(folder, "worker", "--unit=0")).stdout, "Going on at epoch");
  });

  it("stops a wait at once, and says that it was interrupted", async () => {
    const folder = await newMachine();
    await planIn(folder, "net.yml", "--swa=2", "--splits=", "--set=transform.params={size: 24}");
    const child = await startWorker(folder, "--unit=1", "--wait=3600");
    while (!(await pathExists(join(folder, "results", "store")))) {
      await new Promise((wake) => setTimeout(wake, 5));
    }
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 130);
  });

  it("shares results in S3, of which every tenth request fails", () =>
    withS3Server(async (server) => {
      server.proxy.failing = 0.1;
      const { url, bucketUrl, region, accessKeyId, secretAccessKey } = server.access,
        { origin, host } = new URL(url);
      const env = {
        AWS_ENDPOINT_URL_S3: origin,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      };
      const store = `--store=s3://${new URL(bucketUrl).pathname.replaceAll("/", "")}/first`;
      const machines = [await newMachine(), await newMachine()];
      for (const [unit, folder] of machines.entries()) {
        await planIn(folder, "net.yml", "--swa=2", "--splits=", "--set=transform.params={size: 24}");
        const [run, ...args] = await taskArguments("worker", [`--unit=${unit}`, store]);
        const all = [run!, `--allow-net=${host}`, ...args];
        const end = await new Deno.Command(Deno.execPath(), { args: all, cwd: folder, env }).output();
        assertEquals(end.code, 0, new TextDecoder().decode(end.stderr));
      }
      const trained = await contents(machines[0]!, /epoch_\d+\.safetensors$/);
      assertEquals(trained.size, 3);
      assertEquals(await contents(machines[1]!, /epoch_\d+\.safetensors$/), trained);
      assert(await pathExists(join(machines[1]!, "results", "net", "checkpoint", "swa.2.002.safetensors")));
    }));

  it("says what is missing, wrong or changed, and tells the others", async () => {
    const folder = await newMachine();
    const units = await planIn(
      folder,
      "net.yml",
      "--swa=2",
      "--splits=test",
      "--set=transform.params={size: 24}",
    );
    const failure = join(folder, "results", "store", "units", units[0]!.id, "failed.json");
    const ends = async (code: number, text: string, ...flags: string[]) => {
      const end = await runInFolder(folder, "worker", flags);
      assertEquals(end.code, code, end.stderr);
      assertStringIncludes(end.stderr, text);
    };
    await ends(2, "its units are 0 to 2", "--unit=3");
    await ends(130, `has no result of ${units[0]!.id}`, "--unit=1");
    assert(!(await pathExists(failure)));
    const split = join(folder, "data", "split.stratified.0.csv"), rows = await Deno.readTextFile(split);
    await Deno.writeTextFile(split, rows.replace(",val", ",train"));
    await ends(3, '"data/split.stratified.0.csv" has changed since it was planned', "--unit=0");
    const store = await openStore(join(folder, "results", "store"));
    assertEquals((await readFailure(store, units[0]!.id))?.kind, "data");
    await ends(3, "Cannot go on", "--unit=1", "--wait=60");
    await Deno.writeTextFile(split, rows);
    await mustRun(folder, "train", "net.yml", "--set=transform.params={size: 24}");
    await ends(2, "holds a run that the train task made", "--unit=0");
    await Deno.remove(join(folder, "results", "net"), { recursive: true });
    await mustRun(folder, "worker", "--unit=0");
    assert(!(await pathExists(failure)), "a unit that succeeds after all has not failed");
    const plan = join(folder, "results", "plan.jsonl"), text = await Deno.readTextFile(plan);
    await Deno.writeTextFile(plan, text.replaceAll('"num_epochs":3', '"num_epochs":2'));
    await ends(2, "Podium", "--unit=1");
    await Deno.writeTextFile(plan, text.slice(0, 200));
    await ends(3, "line 1 is no unit", "--unit=1");
  });
});
