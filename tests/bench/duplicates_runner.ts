import { runTask } from "../../core/cli/task.ts";
import { task } from "../../tasks/find_duplicate_images.ts";

/** Most memory that this process ever held, in bytes: what Linux says, elsewhere what it holds now. */
function peakBytes(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
    if (kilobytes !== undefined) return 1024 * Number(kilobytes);
  } catch {
    // There is no such file but on Linux.
  }
  return Deno.memoryUsage().rss;
}

const start = performance.now();
const exitCode = await runTask(task, Deno.args);
const seconds = (performance.now() - start) / 1000;
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ peakBytes: peakBytes(), seconds }) + "\n"));
Deno.exit(exitCode);
