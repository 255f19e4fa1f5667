/** A worker of fake units: queue, folder, and how long it may be silent. */
import { interruptible } from "../../../core/cli/interrupt.ts";
import { TerminalOutput } from "../../../core/cli/output.ts";
import { openQueue } from "../../../core/queue/open_queue.ts";
import { supervise } from "../../../core/queue/supervise.ts";
import { FakeStore } from "./_fake_units.ts";

const [address, folder, lock] = Deno.args;
const output = new TerminalOutput({ json: false, quiet: false });
const store = new FakeStore(folder!);
await interruptible(() => {}, async (signal) => {
  const queue = await openQueue(address!, { output });
  const options = {
    execute: store.execute,
    isDone: store.isDone,
    machine: `machine ${Deno.pid}`,
    signal,
    output,
  };
  await supervise(queue, lock ? { ...options, lock: Number(lock) } : options);
  await queue.close();
});
