import { Random } from "../../base/random.ts";

/** Rows up to which as many resamples are drawn as `RESAMPLES` says; of more rows fewer, which are as good. */
const FEW_ROWS = 20_000;
/** Resamples of few rows, and of many. */
const RESAMPLES = 1000, RESAMPLES_OF_MANY = 400;
/** Share of the resamples left out at each end of an interval. */
const TAIL = 0.05;

/** An interval that holds 90 % of the resampled scores. */
export type Interval = readonly [low: number, high: number];

/** How often each row is in a resample. */
export type Times = Uint16Array;

/**
 * A quantile by linear interpolation, as numpy.quantile computes it. NaN for an empty list; values that are NaN are left
 * out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(quantile([3, 1, 2], 0.25), 1.5);
 * ```
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).filter((value) => !Number.isNaN(value)).sort();
  const at = share * (sorted.length - 1), below = Math.floor(at);
  const low = sorted[below], high = sorted[Math.min(below + 1, sorted.length - 1)];
  return low === undefined ? NaN : low + (high! - low) * (at - below);
}

/** The 90 % interval of resampled scores. */
export function intervalOf(values: ArrayLike<number>): Interval {
  return [quantile(values, TAIL), quantile(values, 1 - TAIL)];
}

/** Turns drawn groups into how often each row is drawn: a group's rows are drawn together. */
export function timesOfRows(groups: Int32Array, drawn: Iterable<number>): Times {
  const counts = new Uint16Array(countGroups(groups));
  for (const group of drawn) counts[group]! += 1;
  return Uint16Array.from(groups, (group) => counts[group]!);
}

function* drawGroups(count: number, draws: number, random: Random): Generator<number> {
  for (let draw = 0; draw < draws; draw++) yield Math.floor(count * random.word() / 2 ** 32);
}

/** How many groups there are. */
export function countGroups(groups: Int32Array): number {
  return groups.reduce((most, group) => Math.max(most, group), -1) + 1;
}

/** How many resamples are drawn of so many rows. */
export function resamplesOf(rows: number): number {
  return rows <= FEW_ROWS ? RESAMPLES : RESAMPLES_OF_MANY;
}

/**
 * Resamples of rows for the bootstrap: as many groups as there are, drawn with replacement, each with all of its rows. The
 * same groups and seed give the same resamples, so that scores of several models are paired.
 *
 * Source: Efron, "Bootstrap methods: another look at the jackknife", 1979; groups as in the cluster bootstrap.
 *
 * @param groups the group of each row, from 0
 * @param options.draws groups drawn for a resample; as many as there are when left out
 */
export function resamples(
  groups: Int32Array,
  { seed, count = resamplesOf(groups.length), draws = countGroups(groups) }: {
    readonly seed: number;
    readonly count?: number;
    readonly draws?: number;
  },
): Times[] {
  const most = countGroups(groups), random = new Random(seed, "report bootstrap");
  return Array.from({ length: count }, () => timesOfRows(groups, drawGroups(most, draws, random)));
}
