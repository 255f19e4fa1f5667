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

const NORMAL_90 = 1.6448536269514722;

/**
 * The 90 % interval about a value from bootstrap samples of it: 1.645 standard deviations to each side. Percentiles of the
 * samples would be off, since a score of few positives, such as the F1 of a rare class, is lower in a bootstrap sample
 * than it is in the data.
 *
 * @param widen factor of the spread
 */
export function intervalAbout(value: number, samples: readonly number[], { widen = 1 } = {}): Interval {
  const known = samples.filter(Number.isFinite);
  const mean = known.reduce((sum, sample) => sum + sample, 0) / Math.max(1, known.length);
  const squares = known.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  const reach = widen * NORMAL_90 * Math.sqrt(squares / Math.max(1, known.length - 1));
  return [value - reach, value + reach];
}
