import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { enqueue } from "../core/queue/enqueue.ts";
import { openQueue } from "../core/queue/open_queue.ts";
import { openStore } from "../core/store/open_store.ts";
import { readPlan } from "../core/units/plan_file.ts";
import { readResult } from "../core/units/results.ts";
import { namedQueue, queueFlag } from "./_queue_flags.ts";

const flags = z.strictObject({
  ...queueFlag,
  store: z.string().default("results/store").describe(
    "Where machines share results: a folder or s3://bucket/prefix",
  ),
});

/** Puts the units of a plan into a queue. */
export const task: Task<typeof flags> = {
  name: "enqueue",
  about: "Put the units of a plan into a queue that workers take them from; again changes nothing",
  examples: [
    "deno task enqueue --queue=redis://localhost:6379",
    "deno task enqueue results/plan.jsonl --queue=postgres://podium@first-machine/podium --store=s3://bucket/store",
  ],
  positionals: "[<plan>]",
  flags,
  async run({ flags, positionals, output }) {
    const [plan = "results/plan.jsonl", ...rest] = positionals;
    if (rest.length > 0) throw configProblem(`unexpected argument "${rest[0]}"`, "Name one plan");
    const units = await readPlan(plan), store = await openStore(flags.store);
    const queue = await openQueue(namedQueue("enqueue", flags), { output });
    const isDone = async (id: string) => await readResult(store, id) !== null;
    const { added, known } = await enqueue(units, queue, { isDone });
    output.line(`${queue.address}: ${added} units of "${plan}" added, ${known} were there`);
    return { added, known };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
