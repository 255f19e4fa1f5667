import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { interruptible } from "../core/cli/interrupt.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { openStore } from "../core/store/open_store.ts";
import { readPlan } from "../core/units/plan_file.ts";
import { runPlan, runPlannedUnit } from "../core/units/run_plan.ts";
import { fetchUnit } from "../core/units/run_unit.ts";
import type { Unit } from "../core/units/unit.ts";

/** Where Slurm's arrays and Kubernetes' Indexed Jobs say which of their parts this one is. */
const NUMBER_VARIABLES = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"] as const;

const flags = z.strictObject({
  plan: z.string().default("results/plan.jsonl").describe("The plan, as the plan task writes it"),
  unit: z.int().min(0).optional().describe(
    `Number of the one unit to run, from 0; ${
      NUMBER_VARIABLES.join(" or ")
    } when left out, else all units are run`,
  ),
  store: z.string().default("results/store").describe(
    "Where machines share results: a folder or s3://bucket/prefix",
  ),
  fetch: z.boolean().default(false).describe(
    "Run nothing: put what finished units have made anywhere at its place here",
  ),
  queue: z.string().optional().describe(
    "Take units from a queue, until Ctrl-C: redis://host:6379/0, valkey://... or postgres://user@host/database",
  ),
  wait: z.number().min(0).default(0).describe("With --unit: seconds to wait for the units that it needs"),
});

/** The number that a flag or the environment names; undefined where neither does. */
function numberOf(flag: number | undefined): number | undefined {
  const [text] = NUMBER_VARIABLES.map((name) => Deno.env.get(name)).filter((value) => value !== undefined);
  if (flag !== undefined || text === undefined) return flag;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw configProblem(`Cannot run the unit "${text}" that the environment names: it is no number`);
}

function unitOf(units: readonly Unit[], number: number, plan: string): Unit {
  const unit = units[number];
  if (unit) return unit;
  throw configProblem(
    `Cannot run the unit ${number} of "${plan}": its units are 0 to ${units.length - 1}`,
    "Name one of these; an array of Slurm goes from 0",
  );
}

/** Brings the files of finished units; returns how many these were. */
async function fetchUnits(units: readonly Unit[], address: string): Promise<number> {
  const store = await openStore(address);
  let count = 0;
  for (const unit of units) if (await fetchUnit(unit, store) !== null) count += 1;
  return count;
}

/** Runs units of a plan. */
export const task: Task<typeof flags> = {
  name: "worker",
  about:
    "Run units: those of a queue, or of a plan one by its number or all; results go to a store that machines share",
  examples: [
    "deno task worker --plan=results/plan.jsonl",
    "deno task worker --queue=redis://first-machine:6379",
    "deno task worker --plan=results/plan.jsonl --unit=3 --store=results/store --wait=86400",
    "deno task worker --plan=results/plan.jsonl --fetch",
  ],
  flags,
  async run({ flags: { plan, unit: number, store, queue, wait, fetch }, output }) {
    if (queue !== undefined) {
      // Loads what only queues need.
      const { workFromQueue } = await import("./_queue_worker.ts");
      return await workFromQueue(queue, { store, output });
    }
    const units = await readPlan(plan), chosen = numberOf(number);
    if (fetch) {
      const asked = chosen === undefined ? units : [unitOf(units, chosen, plan)];
      const fetched = await fetchUnits(asked, store);
      output.line(`fetched ${fetched} of ${asked.length} units`);
      return { fetched };
    }
    const stopping = () => output.warn("stopping after this step; Ctrl-C again ends at once");
    return await interruptible(stopping, async (signal) => {
      const options = { store, signal, output };
      if (chosen === undefined) return await runPlan(units, options);
      const unit = unitOf(units, chosen, plan);
      const result = await runPlannedUnit(unit, { ...options, wait });
      output.line(`${unit.title}: ${result.outputs.length} files, by ${result.machine}`);
      return result;
    });
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
