import { z } from "zod";
import { writeFileAtomic } from "../core/base/files.ts";
import type { Output } from "../core/base/output.ts";
import { interruptible } from "../core/cli/interrupt.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { openQueue } from "../core/queue/open_queue.ts";
import { readPlanStatus } from "../core/queue/plan_status.ts";
import { readQueueStatus } from "../core/queue/queue_status.ts";
import { statusPage } from "../core/queue/status_page.ts";
import {
  countSentence,
  filledColumns,
  STATUS_HEADER,
  statusRow,
  unitsByState,
} from "../core/queue/status_rows.ts";
import type { WorkStatus } from "../core/queue/unit_status.ts";
import { openStore } from "../core/store/open_store.ts";
import { readPlan } from "../core/units/plan_file.ts";
import { readFailure, readResult } from "../core/units/results.ts";
import { queueFlag } from "./_queue_flags.ts";

/** Seconds between two looks with --watch. */
const LOOK = 2;
/** Rows of the table on a terminal. */
const ROWS = 40;

const flags = z.strictObject({
  ...queueFlag,
  plan: z.string().default("results/plan.jsonl").describe(
    "Without --queue: the plan whose units are looked for",
  ),
  store: z.string().default("results/store").describe(
    "Without --queue: the store that is asked for their results",
  ),
  watch: z.boolean().default(false).describe("Look again every two seconds, until Ctrl-C"),
  page: z.string().optional().describe("Write a page too, such as results/units.html"),
});

function show(status: WorkStatus, output: Output): void {
  const units = unitsByState(status);
  output.line(`${status.source}: ${countSentence(status)}`);
  if (units.length === 0) return;
  const { header, rows } = filledColumns(
    STATUS_HEADER,
    units.slice(0, ROWS).map((unit) => statusRow(unit, status)),
  );
  output.table(header, rows);
  if (units.length > ROWS) output.line(`and ${units.length - ROWS} more, see --page or --json`);
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((wake) => {
    const timer = setTimeout(wake, 1000 * LOOK);
    signal.addEventListener("abort", () => (clearTimeout(timer), wake()), { once: true });
  });
}

/** How the status is read: from a queue, or from a store by a plan. */
async function statusReader(
  { queue, plan, store }: z.output<typeof flags>,
  output: Output,
): Promise<() => Promise<WorkStatus>> {
  if (queue !== undefined) {
    const opened = await openQueue(queue, { output });
    return () => readQueueStatus(opened);
  }
  const units = await readPlan(plan), results = await openStore(store);
  const outcomes = {
    result: (id: string) => readResult(results, id),
    failure: (id: string) => readFailure(results, id),
  };
  return () => readPlanStatus(units, { source: plan, outcomes });
}

/** Says where units are. */
export const task: Task<typeof flags> = {
  name: "status",
  about: "Say which units wait, run (where, since when, how far), are done, or have failed and why",
  examples: [
    "deno task status --queue=redis://localhost:6379",
    "deno task status --plan=results/plan.jsonl --store=results/store",
    "deno task status --queue=redis://localhost:6379 --watch --page=results/units.html",
  ],
  flags,
  async run({ flags, output }) {
    const look = await statusReader(flags, output);
    return await interruptible(() => {}, async (signal) => {
      for (let shown = "";;) {
        const status = await look();
        const seen = JSON.stringify(status.units);
        if (seen !== shown) show(status, output);
        shown = seen;
        const extras = flags.watch ? { reload: LOOK } : {};
        if (flags.page !== undefined) await writeFileAtomic(flags.page, statusPage(status, extras));
        if (flags.watch) await pause(signal);
        if (!flags.watch || signal.aborted) return status;
      }
    });
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
