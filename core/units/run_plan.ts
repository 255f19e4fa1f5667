import { HeldFolder } from "../base/folder_lock.ts";
import { interruptedProblem, Problem } from "../base/problem.ts";
import { openStore } from "../store/open_store.ts";
import type { Store } from "../store/store.ts";
import { isLasting, readFailure, readResult } from "./results.ts";
import { runInThread } from "./run_in_thread.ts";
import type { RunInThreadOptions, Unit, UnitResult } from "./unit.ts";

/** Milliseconds between two looks for results of others. */
const PAUSE = 1000;

/** Waits a moment; throws a problem (interrupted) where the wait is aborted. */
async function pause(store: Store, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw interruptedProblem(store.address);
  await new Promise((wake) => setTimeout(wake, PAUSE));
}

/** Whether a unit has a result. Throws a problem, of its kind, where it has failed for good. */
async function isDone(store: Store, id: string): Promise<boolean> {
  if (await readResult(store, id) !== null) return true;
  const failure = await readFailure(store, id);
  if (failure === null || !isLasting(failure)) return false;
  const { kind, machine, message, next } = failure;
  throw new Problem(kind, `Cannot go on: ${id} has failed on ${machine}: ${message}`, next ?? undefined);
}

/** Those of some units that have no result. */
async function unfinished(store: Store, ids: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const id of ids) if (!(await isDone(store, id))) missing.push(id);
  return missing;
}

/** Waits until all that a unit needs is there. Throws a problem (interrupted) where it is not within so many seconds. */
async function waitForNeeds(
  unit: Unit,
  { store, wait, signal }: {
    readonly store: Store;
    readonly wait: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const start = performance.now();
  for (let missing = await unfinished(store, unit.needs); missing.length > 0;) {
    if (performance.now() - start >= 1000 * wait) {
      throw new Problem(
        "interrupted",
        `Cannot run "${unit.title}" yet: ${store.address} has no result of ${missing.join(", ")}`,
        "Run these units first, or wait for them longer with --wait",
      );
    }
    await pause(store, signal);
    missing = await unfinished(store, missing);
  }
}

/**
 * Runs one unit of a plan, once the units that it needs have results.
 *
 * @param options `wait`: seconds to wait for these
 * @throws as `runInThread`; a problem where a needed unit has failed for good, of its kind, or has no result in time (interrupted)
 */
export async function runPlannedUnit(
  unit: Unit,
  options: RunInThreadOptions & { readonly wait: number },
): Promise<UnitResult> {
  const { wait, signal } = options, store = await openStore(options.store);
  const known = await readResult(store, unit.id);
  if (known !== null) return known;
  await waitForNeeds(unit, { store, wait, signal });
  return await runInThread(unit, options);
}

/** Runs a unit; false where another process of this folder does. */
async function runIfFree(unit: Unit, options: RunInThreadOptions): Promise<boolean> {
  try {
    options.output?.line(unit.title);
    await runInThread(unit, options);
    return true;
  } catch (error) {
    if (!(error instanceof HeldFolder)) throw error;
    return false;
  }
}

/** Runs the first of the open units that can be run now; false where there is none. What is done is no longer open. */
async function runNext(open: Map<string, Unit>, store: Store, options: RunInThreadOptions): Promise<boolean> {
  for (const unit of [...open.values()]) {
    // Those that it needs stand before it, so that they have just been looked at.
    if (unit.needs.some((need) => open.has(need))) continue;
    const known = await readResult(store, unit.id) !== null;
    if (!known && !(await runIfFree(unit, options))) continue;
    open.delete(unit.id);
    if (!known) return true;
  }
  return false;
}

/**
 * Runs all units of a plan, each once those that it needs are done; takes none that another process of this folder runs, and
 * waits for those. On other machines, share the plan out by numbers or by a queue: else each does all of it. A unit that
 * has failed before is tried again.
 *
 * @throws what the first unit throws that fails
 */
export async function runPlan(units: readonly Unit[], options: RunInThreadOptions): Promise<void> {
  const store = await openStore(options.store), open = new Map(units.map((unit) => [unit.id, unit]));
  while (open.size > 0) {
    if (!(await runNext(open, store, options)) && open.size > 0) await pause(store, options.signal);
  }
}
