import type { Output } from "../../core/base/output.ts";
import { findTorch } from "./contestant.ts";
import { contestantName, modesOf } from "./modes.ts";
import type { BenchOptions } from "./options.ts";
import { race, type Result } from "./race.ts";
import type { Workload } from "./workload.ts";

/** A network with the side of its pictures. `everyBackend` is false where wasm and cpu would take minutes. */
interface Scenario {
  readonly model: string;
  readonly size: number;
  readonly everyBackend: boolean;
}

const USUAL: readonly Scenario[] = [
  { model: "resnet18", size: 64, everyBackend: true },
  { model: "resnet34", size: 128, everyBackend: false },
];

const FAST: readonly string[] = ["tensorflow", "torch"];
const SINGLE_THREADED: readonly string[] = ["cpu", "webgpu"];

function scenarios({ model, size }: BenchOptions): readonly Scenario[] {
  if (model === undefined && size === undefined) return USUAL;
  return [{ model: model ?? "resnet34", size: size ?? 128, everyBackend: true }];
}

/** Who takes part in a scenario: backends that have no thread setting run once. */
function workloads(kind: "train" | "inference", scenario: Scenario, options: BenchOptions): Workload[] {
  const { model, size, everyBackend } = scenario;
  const backends = options.backends.filter((name) => everyBackend || FAST.includes(name));
  return backends.flatMap((backend) => {
    const counts = SINGLE_THREADED.includes(backend) ? [1] : options.threads;
    const base = { kind, model, size, batch: options.batch, channels: 4, classes: 28, backend };
    return counts.flatMap((threads) =>
      modesOf(backend, { kind, compile: options.compile }).map((mode) => ({ ...base, ...mode, threads }))
    );
  });
}

/**
 * How long a contestant takes relative to PyTorch's best mode on as many threads: in float32 to its best in float32, in
 * bfloat16 to its best of all. Empty when PyTorch did not run so.
 *
 * @param measure the milliseconds of a result that are compared
 */
export function ratioToTorch(
  own: Result,
  { results, measure }: { readonly results: readonly Result[]; measure(result: Result): number },
): string {
  const { threads, precision } = own.workload;
  const peers = results.filter(({ workload }) =>
    workload.backend === "torch" && workload.threads === threads &&
    (precision === "bfloat16" || workload.precision !== "bfloat16")
  );
  return peers.length === 0 ? "" : (measure(own) / Math.min(...peers.map(measure))).toFixed(2);
}

const PASSES = { train: 3, inference: 1, ops: 1 } as const;

function row(result: Result, results: readonly Result[]): (string | number)[] {
  const { workload, timings, cpu, launches, peakBytes, flops } = result;
  const { median, minimum } = timings["step"]!;
  return [
    contestantName(workload),
    workload.threads,
    median.toFixed(0),
    minimum.toFixed(0),
    (workload.batch * 1000 / minimum).toFixed(1),
    (PASSES[workload.kind] * flops * workload.batch / minimum / 1e6).toFixed(0),
    ratioToTorch(result, { results, measure: ({ timings }) => timings["step"]!.minimum }),
    cpu.minimum.toFixed(0),
    ratioToTorch(result, { results, measure: ({ cpu }) => cpu.minimum }),
    launches ?? "",
    (peakBytes / 2 ** 20).toFixed(0),
  ];
}

const HEADER = [
  "contestant",
  "threads",
  "median ms",
  "min ms",
  "images/s",
  "GFLOP/s",
  "x torch's best",
  "cpu ms",
  "x torch's best",
  "launches",
  "peak MiB",
];

/** Runs the networks' scenarios and prints a table for each; ratios and rates are of the minima. */
export async function benchNetworks(
  kind: "train" | "inference",
  options: BenchOptions,
  output: Output,
): Promise<Result[]> {
  const torch = options.backends.includes("torch") ? await findTorch(options.python) : null;
  if (torch) output.line(`torch: PyTorch ${torch.version} of ${torch.python}`);
  const all: Result[] = [];
  for (const scenario of scenarios(options)) {
    const results = await race(workloads(kind, scenario, options), { rounds: options.rounds, torch, output });
    output.line(`${kind}: ${scenario.model}, ${scenario.size} px, batch ${options.batch}`);
    output.table(HEADER, results.map((result) => row(result, results)));
    for (const line of new Set(results.map(({ line }) => line))) output.line(line);
    output.line();
    all.push(...results);
  }
  return all;
}
