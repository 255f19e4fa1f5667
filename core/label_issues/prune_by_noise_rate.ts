import { confidentJoint, type GivenClasses, likeliest } from "./confident_joint.ts";
import { stableOrder } from "./round_counts.ts";

/** What the given class gains before it is compared with the others. */
const MARGIN = 1e-6;

/** How many images of one given class to flag for each true class, one image at least left to it. */
function countsOf(joint: Float64Array, given: number, classes: number): Float64Array {
  const counts = joint.slice(given * classes, (given + 1) * classes);
  const raised = Math.max(1, counts[given]!) - counts[given]!;
  const others = Math.max(1, counts.filter((count) => count !== 0).length - 1);
  return counts.map((count, c) => (c === given ? count : Math.trunc(Math.max(0, count - raised / others))));
}

/** Flags the images of one given class that are more probably of another, by as many as the noise rates say. */
function flagClass(
  { classes, probabilities }: GivenClasses,
  flags: Uint8Array,
  own: { readonly given: number; readonly rows: readonly number[]; readonly counts: Float64Array },
): void {
  const { given, rows, counts } = own;
  for (const [c, count] of counts.entries()) {
    if (c === given || count === 0) continue;
    const margins = rows.map((row) =>
      probabilities[row * classes + given]! - probabilities[row * classes + c]!
    );
    for (const index of stableOrder(margins).slice(0, count)) flags[rows[index]!] = 1;
  }
}

/** Takes back flags of images whose given class is the most probable. */
function keepLikeliest({ classes, given, probabilities }: GivenClasses, flags: Uint8Array): void {
  const raised = probabilities.slice();
  for (const [row, own] of given.entries()) raised[row * classes + own]! += MARGIN;
  for (const [row, own] of given.entries()) {
    if (likeliest({ classes, given, probabilities: raised }, row) === own) flags[row] = 0;
  }
}

/**
 * Flags images whose given class is probably wrong, 1 a flag: for each pair of a given and a true class as many as the
 * confident joint says, those with the largest margin of the true over the given class; of equal ones the first. A class
 * with one image is left alone.
 *
 * Source: `find_label_issues` in cleanlab/filter.py with its defaults, that is `filter_by="prune_by_noise_rate"`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const probabilities = Float64Array.of(0.9, 0.1, 0.1, 0.9, 0.2, 0.8, 0.1, 0.9);
 * assertEquals([...pruneByNoiseRate({ classes: 2, given: Int32Array.of(0, 0, 1, 1), probabilities })], [0, 1, 0, 0]);
 * ```
 */
export function pruneByNoiseRate(table: GivenClasses): Uint8Array {
  const { classes, given } = table;
  const joint = confidentJoint(table), flags = new Uint8Array(given.length);
  const rows = Array.from({ length: classes }, (): number[] => []);
  for (const [row, own] of given.entries()) rows[own]!.push(row);
  for (let c = 0; c < classes; c++) {
    if (rows[c]!.length < 2) continue;
    flagClass(table, flags, { given: c, rows: rows[c]!, counts: countsOf(joint, c, classes) });
  }
  keepLikeliest(table, flags);
  return flags;
}
