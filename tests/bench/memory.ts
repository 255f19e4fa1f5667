import type { Output } from "../../core/base/output.ts";
import { startContestant } from "./contestant.ts";
import { contestantName } from "./modes.ts";
import type { BenchOptions } from "./options.ts";
import type { Workload } from "./workload.ts";

/** Training steps until compiled code, caches and allocators have settled. */
const WARM_UP = 1500;

/** Training steps whose memory is watched. */
const STEPS = 3000;

/** What a backend's memory did. */
export interface MemoryResult {
  readonly backend: string;
  /** Growth of resident memory, in bytes per 1,000 steps. */
  readonly growth: number;
  /** Growth of the number of tensors over the steps watched. */
  readonly tensors: number;
  readonly peakBytes: number;
}

/** The slope of a line through points, by least squares. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const products = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return products / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

/** Backends whose launches take so long that a residual network would take half an hour. */
const SLOW: readonly string[] = ["webgpu", "cpu"];

function workload(backend: string, recorded: boolean): Workload {
  const slow = SLOW.includes(backend);
  return {
    kind: "train",
    model: slow ? "tiny" : "resnet18",
    size: 16,
    batch: 2,
    channels: 4,
    classes: 28,
    threads: 1,
    backend,
    recorded,
    ...(!slow && { width: 2 }),
    collect: true,
  };
}

async function watch(work: Workload, output: Output): Promise<MemoryResult | null> {
  const backend = contestantName(work);
  const contestant = await startContestant(work, null);
  if ("absent" in contestant) {
    output.warn(`${backend} is left out: ${contestant.absent}`);
    return null;
  }
  const points: [number, number][] = [];
  const bar = output.progress(`${backend}, steps`, WARM_UP + STEPS);
  let [first, last, peakBytes] = [0, 0, 0];
  for (let step = 0; step < WARM_UP + STEPS; step++) {
    const { residentBytes, tensors, ...measured } = await contestant.measure();
    if (step === WARM_UP) first = tensors;
    if (step >= WARM_UP) points.push([step, residentBytes]);
    [last, peakBytes] = [tensors, measured.peakBytes];
    bar.update(step + 1);
  }
  bar.end();
  await contestant.close();
  return { backend, growth: slope(points) * 1000, tensors: last - first, peakBytes };
}

/** Whether thousands of training steps of a tiny model keep memory: tensors, and the whole process. */
export async function bench(options: BenchOptions, output: Output): Promise<MemoryResult[]> {
  const results: MemoryResult[] = [];
  const backends = options.backends.filter((name) => name !== "torch");
  const works = backends.flatMap((backend) =>
    (backend === "tensorflow" ? [false, true] : [false]).map((recorded) => workload(backend, recorded))
  );
  for (const work of works) {
    const result = await watch(work, output);
    if (result) results.push(result);
  }
  output.line(`memory over ${STEPS} training steps of a tiny network`);
  output.table(
    ["backend", "MB per 1,000 steps", "tensors more", "peak MiB"],
    results.map(({ backend, growth, tensors, peakBytes }) => [
      backend,
      (growth / 1e6).toFixed(2),
      tensors,
      (peakBytes / 2 ** 20).toFixed(0),
    ]),
  );
  return results;
}
