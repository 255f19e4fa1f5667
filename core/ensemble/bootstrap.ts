import { Random } from "../base/random.ts";

/** Bootstrap samples that an interval is read from. */
export const RESAMPLES = 400;

/** A 90 % interval. */
export type Interval = readonly [low: number, high: number];

/**
 * Draws bootstrap samples of groups with replacement: how often each row is in each sample, all rows of a group alike.
 *
 * @param groups the group of each row, numbered from 0
 */
export function resampleGroups(
  groups: ArrayLike<number>,
  { seed, samples = RESAMPLES }: { readonly seed: number; readonly samples?: number },
): Uint8Array[] {
  let count = 0;
  for (let row = 0; row < groups.length; row++) count = Math.max(count, groups[row]! + 1);
  return Array.from({ length: samples }, (_, sample) => {
    const random = new Random(seed, "group bootstrap", sample), drawn = new Uint8Array(count);
    for (let draw = 0; draw < count; draw++) drawn[Math.floor(count * random.word() / 2 ** 32)]! += 1;
    const times = new Uint8Array(groups.length);
    for (let row = 0; row < times.length; row++) times[row] = drawn[groups[row]!]!;
    return times;
  });
}

const NORMAL_95 = 1.6448536269514722;

/** The 95 % quantile of Student's distribution, by the first two terms of its expansion about the normal one. */
function studentQuantile(degrees: number): number {
  const z = NORMAL_95;
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
}

/**
 * The 90 % interval about a value from bootstrap samples of it: Student's quantile of standard deviations to each side.
 * Percentiles of the samples would be off, since a score of few positives, such as the F1 of a rare class, is lower in a
 * bootstrap sample than it is in the data.
 *
 * @param options.widen factor of the spread
 * @param options.degrees degrees of freedom of the spread
 */
export function intervalAbout(
  value: number,
  samples: readonly number[],
  { widen = 1, degrees = Infinity }: { readonly widen?: number; readonly degrees?: number } = {},
): Interval {
  const known = samples.filter(Number.isFinite);
  const mean = known.reduce((sum, sample) => sum + sample, 0) / Math.max(1, known.length);
  const squares = known.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, known.length - 1));
  const reach = widen * studentQuantile(degrees) * deviation;
  return [value - reach, value + reach];
}
