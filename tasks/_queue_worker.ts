import type { Output } from "../core/base/output.ts";
import { Problem } from "../core/base/problem.ts";
import { interruptible } from "../core/cli/interrupt.ts";
import { openQueue } from "../core/queue/open_queue.ts";
import { supervise } from "../core/queue/supervise.ts";
import { openStore } from "../core/store/open_store.ts";
import { machineName, readResult } from "../core/units/results.ts";
import { runInThread } from "../core/units/run_in_thread.ts";
import type { Unit } from "../core/units/unit.ts";

/**
 * Runs units of a queue until it is asked to stop.
 *
 * @throws always: a problem (interrupted) when it was asked to, others as `openQueue` and `openStore`
 */
export async function workFromQueue(
  address: string,
  { store, output }: { readonly store: string; readonly output: Output },
): Promise<never> {
  const stopping = () =>
    output.warn("stopping: what runs goes back into the queue; Ctrl-C again ends at once");
  await interruptible(stopping, async (signal) => {
    const results = await openStore(store), queue = await openQueue(address, { output });
    output.line(`Waiting for units of ${queue.address}; Ctrl-C ends it`);
    await supervise(queue, {
      execute: (unit, options) => runInThread(unit as Unit, { ...options, store, output }),
      isDone: async (id) => await readResult(results, id) !== null,
      machine: machineName(),
      signal,
      output,
    });
    await queue.close();
  });
  throw new Problem("interrupted", "Stopped; what ran is back in the queue", "The same command goes on");
}
