import type { Output } from "../../core/base/output.ts";
import type { BenchOptions } from "./options.ts";
import { findTorch } from "./contestant.ts";
import { race, type Result } from "./race.ts";
import { operationFlops, OPERATIONS, type Workload } from "./workload.ts";

const SINGLE_THREADED: readonly string[] = ["cpu", "webgpu"];

function flopsOf(name: string): number {
  const operation = OPERATIONS.find((entry) => name === entry.name || name.startsWith(`${entry.name} d`));
  return operationFlops(operation!);
}

function column({ workload }: Result): string {
  return `${workload.backend} ${workload.threads}`;
}

/** GFLOP/s of convolutions, their gradients and a matrix product, each backend a column. */
export async function bench(options: BenchOptions, output: Output): Promise<Result[]> {
  const base = { kind: "ops", model: "ops", size: 0, batch: 8, channels: 0, classes: 0 } as const;
  const workloads: Workload[] = options.backends.flatMap((backend) =>
    (SINGLE_THREADED.includes(backend) ? [1] : options.threads).map((threads) => ({
      ...base,
      backend,
      threads,
    }))
  );
  const results = await race(workloads, {
    rounds: options.rounds,
    torch: await findTorch(options.python),
    output,
  });
  const names = Object.keys(results[0]?.timings ?? {});
  output.line("GFLOP/s at the fastest of all rounds; backend and threads");
  output.table(
    ["operation", ...results.map(column)],
    names.map((name) => [
      name,
      ...results.map(({ timings }) => (flopsOf(name) / timings[name]!.minimum / 1e6).toFixed(0)),
    ]),
  );
  return results;
}
