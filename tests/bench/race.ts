import type { Output } from "../../core/base/output.ts";
import { type Contestant, startContestant, type Torch } from "./contestant.ts";
import { contestantName } from "./modes.ts";
import { type Timing, timing } from "./statistics.ts";
import type { Workload } from "./workload.ts";

/** What a contestant did over all rounds. */
export interface Result {
  readonly workload: Workload;
  readonly line: string;
  readonly flops: number;
  /** Milliseconds by what was measured. */
  readonly timings: Readonly<Record<string, Timing>>;
  /** Processor milliseconds of one round. */
  readonly cpu: Timing;
  readonly launches: number | null;
  readonly peakBytes: number;
}

function label(workload: Workload): string {
  const { threads, model, size } = workload;
  return `${contestantName(workload)} on ${model} ${size} px, ${threads || "all"} threads`;
}

/** How contestants take turns. */
export interface RaceOptions {
  readonly rounds: number;
  /** Whose torch takes part. */
  readonly torch: Torch | null;
  readonly output: Output;
}

async function startAll(
  workloads: readonly Workload[],
  { torch, output }: RaceOptions,
): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const workload of workloads) {
    const contestant = await startContestant(workload, torch);
    if ("absent" in contestant) output.warn(`${label(workload)} is left out: ${contestant.absent}`);
    else contestants.push(contestant);
  }
  return contestants;
}

/**
 * Lets contestants take turns, round after round, so that a noisy minute of the machine hits all of them, and gives
 * median and minimum for each. A contestant that cannot run here is left out with a warning that says why.
 */
export async function race(workloads: readonly Workload[], options: RaceOptions): Promise<Result[]> {
  const { rounds, output } = options;
  const contestants = await startAll(workloads, options);
  const all = contestants.map(() => [] as Awaited<ReturnType<Contestant["measure"]>>[]);
  const bar = output.progress("rounds", rounds);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) all[index]!.push(await contestant.measure());
    bar.update(round + 1);
  }
  bar.end();
  await Promise.all(contestants.map((contestant) => contestant.close()));
  return contestants.map((contestant, index) => summarize(contestant, all[index]!));
}

function summarize(
  { workload, ready }: Contestant,
  measurements: readonly Awaited<ReturnType<Contestant["measure"]>>[],
): Result {
  const last = measurements.at(-1)!;
  const names = Object.keys(last.milliseconds);
  const timings = names.map((
    name,
  ) => [name, timing(measurements.map(({ milliseconds }) => milliseconds[name]!))]);
  return {
    workload,
    ...ready,
    timings: Object.fromEntries(timings),
    cpu: timing(measurements.map(({ cpuMilliseconds }) => cpuMilliseconds)),
    launches: last.launches,
    peakBytes: last.peakBytes,
  };
}
