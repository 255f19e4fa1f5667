import type { Output } from "../../core/base/output.ts";
import type { BenchOptions } from "./options.ts";
import { contestantName, race, type Result } from "./race.ts";
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
    const threads = SINGLE_THREADED.includes(backend) ? [1] : options.threads;
    const ways = kind === "train" && backend === "tensorflow" ? [false, true] : [false];
    return threads.flatMap((count) =>
      ways.map((recorded) => ({
        kind,
        model,
        size,
        batch: options.batch,
        channels: 4,
        classes: 28,
        threads: count,
        backend,
        recorded,
      }))
    );
  });
}

/** PyTorch with as many threads; a backend without a thread setting is compared with one thread. */
function torchOf(result: Result, results: readonly Result[]): Result | undefined {
  return results.find(({ workload }) =>
    workload.backend === "torch" && workload.threads === result.workload.threads
  );
}

function ratio(own: number, other: number | undefined): string {
  return other === undefined ? "" : (own / other).toFixed(2);
}

const PASSES = { train: 3, inference: 1, ops: 1 } as const;

function row(result: Result, results: readonly Result[]): (string | number)[] {
  const { workload, timings, cpu, launches, peakBytes, flops } = result;
  const { median, minimum } = timings.step!;
  const torch = torchOf(result, results);
  return [
    contestantName(workload),
    workload.threads,
    median.toFixed(0),
    minimum.toFixed(0),
    (workload.batch * 1000 / minimum).toFixed(1),
    (PASSES[workload.kind] * flops * workload.batch / minimum / 1e6).toFixed(0),
    ratio(minimum, torch?.timings["step"]?.minimum),
    cpu.minimum.toFixed(0),
    ratio(cpu.minimum, torch?.cpu.minimum),
    launches ?? "",
    (peakBytes / 2 ** 20).toFixed(0),
  ];
}

const HEADER = [
  "backend",
  "threads",
  "median ms",
  "min ms",
  "images/s",
  "GFLOP/s",
  "x torch",
  "cpu ms",
  "x torch",
  "launches",
  "peak MiB",
];

/** Runs the networks' scenarios and prints a table for each; ratios and rates are of the minima. */
export async function benchNetworks(
  kind: "train" | "inference",
  options: BenchOptions,
  output: Output,
): Promise<Result[]> {
  const all: Result[] = [];
  for (const scenario of scenarios(options)) {
    const results = await race(workloads(kind, scenario, options), { rounds: options.rounds, output });
    output.line(`${kind}: ${scenario.model}, ${scenario.size} px, batch ${options.batch}`);
    output.table(HEADER, results.map((result) => row(result, results)));
    output.line();
    all.push(...results);
  }
  return all;
}
