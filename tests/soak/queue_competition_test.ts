import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Random } from "../../core/base/random.ts";
import { enqueue } from "../../core/queue/enqueue.ts";
import { openQueue, type UnitQueue } from "../../core/queue/open_queue.ts";
import { openStore } from "../../core/store/open_store.ts";
import { readResult } from "../../core/units/results.ts";
import type { Unit } from "../../core/units/unit.ts";
import { needing } from "../_needing.ts";
import { ENGINES, makeServer, missingServer, type QueueServer } from "../_queue_server.ts";
import { testSeed } from "../_seed.ts";
import { copyFolder, makePlannedCompetition, mustRun, planIn } from "../tasks/_planned_competition.ts";
import { taskArguments } from "../tasks/_task_process.ts";
import { runInChaos } from "./_queue_chaos.ts";
import { rounds } from "./_rounds.ts";

const WORKERS = rounds(2, 3);
const KILLS = rounds(4, 20);
const FOLDS = rounds(1, 5);
const PLAN = [
  "search.yml",
  "net.yml",
  `--folds=0-${FOLDS - 1}`,
  "--swa=2",
  "--inference_parts=2",
  `--set=train.num_epochs=${rounds(3, 10)}`,
];
/** What machines must agree on to the byte: files without times in them. */
const EXACT =
  /^(results\/(net|search).*\/(epoch|best|swa)\S*\.safetensors|results\/search\/best_policy\.data|inferences\/.*\.csv)$/;

/** A folder with the competition: another machine. */
async function newMachine(root: string, number: number): Promise<string> {
  const folder = join(root, `machine-${number}`);
  await copyFolder(join(root, "made"), folder);
  return folder;
}

/** Starts workers, each in a folder of its own, which may use the store beside these. */
async function starter(
  { address, host }: QueueServer,
  { folders, store }: { readonly folders: readonly string[]; readonly store: string },
): Promise<() => Deno.ChildProcess> {
  const [run, ...rest] = (await taskArguments("worker", [`--queue=${address}`, `--store=${store}`]))
    .map((word) => word.replace(/^--allow-(read|write)=/, (flag) => `${flag}${store},`));
  let started = 0;
  const said = Deno.env.get("PODIUM_TEST_SHOW") === "1" ? "inherit" : "null";
  return () => {
    const cwd = folders[started++]!;
    const args = [run!, `--allow-net=${host}`, ...rest];
    return new Deno.Command(Deno.execPath(), { args, cwd, stdin: "null", stdout: said, stderr: said })
      .spawn();
  };
}

/** The files that units say they made, by their hashes. */
async function resultsOf(units: readonly Unit[], store: string): Promise<Map<string, string>> {
  const opened = await openStore(store);
  const results = await Promise.all(units.map(({ id }) => readResult(opened, id)));
  return new Map(
    results.flatMap((result) => result!.outputs.map(({ path, sha256 }) => [path, sha256] as const)),
  );
}

/** Compares what a store has with what a single machine made. */
async function assertSameBytes(units: readonly Unit[], store: string, alone: string): Promise<void> {
  const exact = (results: Map<string, string>) => [...results].filter(([path]) => EXACT.test(path)).sort();
  const found = exact(await resultsOf(units, store));
  assertEquals(found, exact(await resultsOf(units, join(alone, "results", "store"))));
  assert(found.length > units.length / 2, `${found.length} files`);
}

/** Nothing was lost, and no unit was begun more often than its worker was killed. */
async function assertFewRetries(units: readonly Unit[], queue: UnitQueue): Promise<void> {
  const jobs = await queue.jobs.getJobs(["completed"]);
  assertEquals(jobs.length, units.length);
  const attempts = jobs.reduce((sum, job) => sum + job.attemptsStarted, 0);
  assert(
    attempts <= units.length + KILLS,
    `${attempts} attempts of ${units.length} units with ${KILLS} kills`,
  );
}

/** Plans and works as a single machine does. */
async function workAlone(folder: string): Promise<Unit[]> {
  const units = await planIn(folder, ...PLAN);
  await mustRun(folder, "worker");
  return units;
}

async function disturb(server: QueueServer, root: string): Promise<void> {
  await makePlannedCompetition(join(root, "made"));
  const alone = join(root, "alone"), store = join(root, "store"), folders: string[] = [];
  for (let number = 0; number < WORKERS + KILLS; number++) folders.push(await newMachine(root, number));
  await copyFolder(join(root, "made"), alone);
  const units = await workAlone(alone);

  await server.start();
  const opened = await openStore(store), queue = await openQueue(server.address);
  await enqueue(units, queue, { isDone: async (id) => await readResult(opened, id) !== null });
  const codes = await runInChaos({
    server,
    startWorker: await starter(server, { folders, store }),
    workers: WORKERS,
    kills: KILLS,
    pause: rounds(6000, 20_000),
    random: new Random(testSeed("chaos"), "queue chaos"),
    calm: () => Promise.resolve(),
    isFinished: async () => (await queue.jobs.getJobCounts()).completed === units.length,
  });
  // One that had hardly started does not listen to signals yet.
  for (const code of codes) assert(code === 130 || code === 143, `a worker ended with ${code}`);
  await assertFewRetries(units, queue);
  await assertSameBytes(units, store, alone);
  await queue.close();
}

for (const engine of ENGINES) {
  const name =
    `a competition, its workers killed ${KILLS} times and ${engine} twice: the bytes of a single machine`;
  Deno.test({
    ...needing(name, missingServer(engine)),
    async fn() {
      const server = await makeServer(engine);
      const root = await Deno.makeTempDir();
      try {
        await disturb(server, root);
      } finally {
        await server.remove();
        await Deno.remove(root, { recursive: true });
      }
    },
  });
}
