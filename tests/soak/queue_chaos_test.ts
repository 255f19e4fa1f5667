import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Random } from "../../core/base/random.ts";
import { enqueue } from "../../core/queue/enqueue.ts";
import { openQueue, type UnitQueue } from "../../core/queue/open_queue.ts";
import { FakeStore, type FakeUnit } from "../core/queue/_fake_units.ts";
import { fakeWorker } from "../core/queue/_start_fake_worker.ts";
import { needing } from "../_needing.ts";
import { ENGINES, makeServer, missingServer, type QueueServer } from "../_queue_server.ts";
import { testSeed } from "../_seed.ts";
import { runInChaos } from "./_queue_chaos.ts";
import { rounds } from "./_rounds.ts";

const WORKERS = 3;
const KILLS = rounds(4, 20);
/** Milliseconds that a worker may be silent: the default in the long form. */
const LOCK = rounds(8_000, 30_000);
/** The last unit does not end before this file is there, so that all kills fall into the work. */
const OPEN = "open";

/** Units shaped like a competition: folds with what follows them, a search, predictions in parts, one end. */
function drawPlan(random: Random): FakeUnit[] {
  const unit = (id: string, needs: string[] = []): FakeUnit => {
    return { id, title: id, needs, milliseconds: random.integer(100, 2000) };
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const trials = numbers(6).map((trial) => unit(`trial-${trial}`));
  const search = unit("search", trials.map(({ id }) => id));
  const folds = numbers(5).flatMap((fold) => [
    unit(`train-${fold}`, fold < 2 ? ["search"] : []),
    unit(`swa-${fold}`, [`train-${fold}`]),
    unit(`parts-${fold}-0`, [`swa-${fold}`]),
    unit(`parts-${fold}-1`, [`swa-${fold}`]),
    unit(`inference-${fold}`, [`parts-${fold}-0`, `parts-${fold}-1`]),
  ]);
  const ends = [...folds.map(({ id }) => id).filter((id) => id.startsWith("inference")), "search"];
  return [...trials, search, ...folds, { ...unit("submission", ends), until: OPEN }];
}

/** What the traces of the units say after all is over. */
async function assertNothingLost(
  plan: readonly FakeUnit[],
  store: FakeStore,
  queue: UnitQueue,
): Promise<void> {
  const counts = store.counts();
  for (const { id } of plan) {
    assertEquals(counts.get(`${id}.accepted`), 1, `results of ${id} that were accepted`);
  }
  const begun = plan.reduce((sum, { id }) => sum + counts.get(`${id}.begun`)!, 0);
  assert(begun <= plan.length + KILLS, `${begun} beginnings of ${plan.length} units with ${KILLS} kills`);
  const { completed, failed } = await queue.jobs.getJobCounts();
  assertEquals({ completed, failed }, { completed: plan.length, failed: 0 });
}

async function disturb(server: QueueServer, folder: string, seed: number): Promise<void> {
  const random = new Random(seed, "queue chaos");
  const plan = drawPlan(random);
  const store = new FakeStore(folder);
  await server.start();
  const queue = await openQueue(server.address);
  await enqueue(plan, queue, store);
  const codes = await runInChaos({
    server,
    startWorker: () => fakeWorker(server, folder, { lock: LOCK }),
    workers: WORKERS,
    kills: KILLS,
    pause: 3000,
    random,
    calm: () => Deno.writeTextFile(join(folder, OPEN), ""),
    isFinished: async () => (await queue.jobs.getJobCounts()).completed === plan.length,
  });
  // One that had hardly started does not listen to signals yet.
  for (const code of codes) assert(code === 0 || code === 143, `a worker ended with ${code}`);
  await assertNothingLost(plan, store, queue);
  await queue.close();
}

for (const engine of ENGINES) {
  const name =
    `workers killed ${KILLS} times and ${engine} twice: no unit is lost, each result is accepted once`;
  Deno.test({
    ...needing(name, missingServer(engine)),
    async fn() {
      const server = await makeServer(engine);
      const folder = await Deno.makeTempDir();
      try {
        await disturb(server, folder, testSeed("chaos"));
      } finally {
        await server.remove();
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
