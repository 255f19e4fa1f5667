import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { Random } from "../../core/base/random.ts";
import { enqueue } from "../../core/queue/enqueue.ts";
import { openQueue, type UnitQueue } from "../../core/queue/open_queue.ts";
import { openStore } from "../../core/store/open_store.ts";
import type { Store } from "../../core/store/store.ts";
import { readResult } from "../../core/units/results.ts";
import type { Unit } from "../../core/units/unit.ts";
import type { QueueServer } from "../_queue_server.ts";
import { testSeed } from "../_seed.ts";
import { copyFolder, makePlannedCompetition, mustRun, planIn } from "../tasks/_planned_competition.ts";
import { taskArguments } from "../tasks/_task_process.ts";
import { runInChaos } from "./_queue_chaos.ts";
import { rounds } from "./_rounds.ts";

const WORKERS = rounds(2, 3);
/** Times that a worker is killed. */
export const KILLS = rounds(4, 20);
const FOLDS = rounds(1, 5);
const PLAN = [
  "search.yml",
  "net.yml",
  `--folds=0-${FOLDS - 1}`,
  "--swa=2",
  "--inference_parts=2",
  `--set=train.num_epochs=${rounds(3, 30)}`,
];
/** What machines must agree on to the byte: files without times in them. */
const EXACT =
  /^(results\/(net|search).*\/(epoch|best|swa)\S*\.safetensors|results\/search\/best_policy\.data|inferences\/.*\.csv)$/;

/** The store that the machines share, and how they reach it. */
export interface SharedStore {
  /** What `--store` is given. */
  readonly address: string;
  readonly store: Store;
  /** A folder outside the machines' own, which each has as a link at the address. */
  readonly link?: string;
  /** Hosts that workers reach beside the queue's. */
  readonly hosts?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Folders with the competition: other machines. */
async function newMachines(root: string, { address, link }: SharedStore): Promise<string[]> {
  const machines: string[] = [];
  for (let number = 0; number < WORKERS + KILLS; number++) {
    const folder = join(root, `machine-${number}`);
    await copyFolder(join(root, "made"), folder);
    if (link !== undefined) {
      await Deno.mkdir(dirname(join(folder, address)), { recursive: true });
      await Deno.symlink(link, join(folder, address));
    }
    machines.push(folder);
  }
  return machines;
}

/** Starts workers, each in a folder of its own. */
async function starter(
  { address, host }: QueueServer,
  { shared, machines }: { readonly shared: SharedStore; readonly machines: readonly string[] },
): Promise<() => Deno.ChildProcess> {
  const { hosts = [], env = {} } = shared;
  const [run, ...rest] = await taskArguments("worker", [`--queue=${address}`, `--store=${shared.address}`]);
  let started = 0;
  const said = Deno.env.get("PODIUM_TEST_SHOW") === "1" ? "inherit" : "null";
  return () => {
    const cwd = machines[started++]!;
    const args = [run!, `--allow-net=${[host, ...hosts].join(",")}`, ...rest];
    return new Deno.Command(Deno.execPath(), { args, cwd, env, stdin: "null", stdout: said, stderr: said })
      .spawn();
  };
}

/** The files that units say they made, by their hashes. */
async function resultsOf(units: readonly Unit[], store: Store): Promise<Map<string, string>> {
  const results = await Promise.all(units.map(({ id }) => readResult(store, id)));
  return new Map(
    results.flatMap((result) => result!.outputs.map(({ path, sha256 }) => [path, sha256] as const)),
  );
}

/** Compares what a store has with what a single machine made. */
async function assertSameBytes(units: readonly Unit[], store: Store, alone: Store): Promise<void> {
  const exact = (results: Map<string, string>) => [...results].filter(([path]) => EXACT.test(path)).sort();
  const found = exact(await resultsOf(units, store));
  assertEquals(found, exact(await resultsOf(units, alone)));
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

/** What is disturbed. */
export interface Disturbed {
  readonly server: QueueServer;
  readonly shared: SharedStore;
  /** An empty folder for the machines. */
  readonly root: string;
  /** Disturbs more, while workers and the server of the queue are killed. */
  readonly more?: (queue: UnitQueue, random: Random) => Promise<void>;
}

/** Fails unless a competition whose workers and queue are killed comes out as on a single machine. */
export async function disturbCompetition({ server, shared, root, more }: Disturbed): Promise<void> {
  await makePlannedCompetition(join(root, "made"));
  const alone = join(root, "alone"), random = new Random(testSeed("chaos"), "queue chaos");
  const machines = await newMachines(root, shared);
  await copyFolder(join(root, "made"), alone);
  const units = await workAlone(alone);

  await server.start();
  const queue = await openQueue(server.address), { store } = shared;
  await enqueue(units, queue, { isDone: async (id) => await readResult(store, id) !== null });
  const disturbed = more?.(queue, random);
  const codes = await runInChaos({
    server,
    startWorker: await starter(server, { shared, machines }),
    workers: WORKERS,
    kills: KILLS,
    pause: rounds(6000, 15_000),
    random,
    calm: async () => await disturbed,
    isFinished: async () => (await queue.jobs.getJobCounts()).completed === units.length,
  });
  // One that had hardly started does not listen to signals yet.
  for (const code of codes) assert(code === 130 || code === 143, `a worker ended with ${code}`);
  await assertFewRetries(units, queue);
  await assertSameBytes(units, store, await openStore(join(alone, "results", "store")));
  await queue.close();
}
