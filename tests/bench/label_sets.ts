import type { FoldUnit } from "../../core/split/fold_units.ts";
import { Random } from "../../core/base/random.ts";

/** Number of classes. */
export const LABELS = 28;

/** Images with each label, about as in the Human Protein Atlas challenge's train and external images together. */
const COUNTS: readonly number[] = [
  41_300,
  4_000,
  11_550,
  4_980,
  5_930,
  8_020,
  3_215,
  9_000,
  209,
  187,
  176,
  3_490,
  2_195,
  1_710,
  3_400,
  63,
  1_690,
  670,
  2_880,
  4_730,
  550,
  12_050,
  2_560,
  9_460,
  1_030,
  26_250,
  1_046,
  121,
];

/** How many images have one, two, three and four labels. */
const CARDINALITY = [0.52, 0.91, 0.99, 1];

/** A label by its frequency. */
function drawLabel(random: Random, cumulative: readonly number[]): number {
  const place = random.next() * cumulative.at(-1)!;
  return cumulative.findIndex((sum) => place < sum);
}

function drawSet(random: Random, cumulative: readonly number[]): string {
  const size = 1 + CARDINALITY.findIndex((share) => random.next() < share || share === 1);
  const labels = new Set<number>();
  while (labels.size < size) labels.add(drawLabel(random, cumulative));
  return [...labels].sort((a, b) => a - b).join();
}

/** The label sets that occur most, so that as many different ones remain as in the real data. */
function commonSets(random: Random, cumulative: readonly number[]): string[] {
  const counts = new Map<string, number>();
  for (let i = 0; i < 100_000; i++) {
    const set = drawSet(random, cumulative);
    counts.set(set, (counts.get(set) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 719).map(([set]) => set);
}

/** Label sets of rows: those of a list, drawn as often as they would be. */
function drawRows(random: Random, count: number): number[][] {
  let sum = 0;
  const cumulative = COUNTS.map((labelCount) => sum += labelCount);
  const common = new Set([...commonSets(random, cumulative), ...COUNTS.map((_, label) => `${label}`)]);
  const rows: number[][] = [];
  while (rows.length < count) {
    const set = drawSet(random, cumulative);
    if (common.has(set)) rows.push(set.split(",").map(Number));
  }
  return rows;
}

/** A group's size: mostly two, up to forty, never more members than the even share of its rarest label. */
function drawGroupSize(random: Random, labels: readonly number[], folds: number): number {
  if (random.next() >= 0.024) return 1;
  const drawn = random.next();
  const size = drawn < 0.8 ? 2 : drawn < 0.97 ? random.integer(3, 6) : random.integer(7, 40);
  const share = Math.min(...labels.map((label) => COUNTS[label]!)) / folds;
  return Math.max(1, Math.min(size, Math.floor(share / 2)));
}

/** Rows with labels like the challenge's, some of them in groups of pictures that look alike. */
export function makeLabelSets(
  count: number,
  folds: number,
  { seed = 2018 }: { readonly seed?: number } = {},
): { rows: number[][]; units: FoldUnit[] } {
  const random = new Random(seed, "label sets");
  const drawn = drawRows(random, count);
  const rows: number[][] = [], units: FoldUnit[] = [];
  while (rows.length < count) {
    const labels = drawn[rows.length]!;
    const size = Math.min(drawGroupSize(random, labels, folds), count - rows.length);
    units.push({
      ids: Array.from({ length: size }, (_, i) => `${rows.length + i}`),
      labels: Array.from({ length: size }, () => labels),
    });
    for (let i = 0; i < size; i++) rows.push(labels);
  }
  return { rows, units };
}
