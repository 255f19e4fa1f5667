import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { FoldUnit } from "../../../core/split/fold_units.ts";
import { groupedFolds } from "../../../core/split/grouped_folds.ts";
import { measureSplit, type SplitMeasures } from "../../../core/split/measure_split.ts";
import { Random } from "../../../core/base/random.ts";

const CLASSES = 12, FOLDS = 11;

/** Units with skewed labels, some in groups of two to nine with the same labels. */
function makeUnits(rows: number, seed: number): FoldUnit[] {
  const random = new Random(seed, "units");
  const units: FoldUnit[] = [];
  for (let row = 0; row < rows;) {
    const size = random.next() < 0.05 ? random.integer(2, 9) : 1;
    const labels = Array.from({ length: CLASSES }, (_, label) => label)
      .filter((label) => random.next() < 0.5 / (1 + label));
    units.push({
      ids: Array.from({ length: size }, () => `${row++}`),
      labels: Array.from({ length: size }, () => labels),
      sources: Array.from({ length: size }, () => (random.next() < 0.3 ? 0 : 1)),
    });
  }
  return units;
}

/** Few rows, many classes, and large groups, whose labels are hard to spread. */
function crowdedUnits(seed: number): { units: FoldUnit[]; classes: number } {
  const random = new Random(seed, "rep");
  const rows = random.integer(80, 600), classes = random.integer(3, 28);
  const units: FoldUnit[] = [];
  for (let row = 0; row < rows;) {
    const size = random.next() < 0.15 ? random.integer(2, 6) : 1;
    const own = Array.from({ length: classes }, (_, label) => label)
      .filter((label) => random.next() < 0.5 / (1 + label / 3));
    const ids = Array.from({ length: size }, () => `${row++}`);
    units.push({ ids, labels: ids.map(() => own) });
  }
  return { units, classes };
}

function measure(units: readonly FoldUnit[], folds: Int32Array): SplitMeasures {
  const rows = units.flatMap((unit) => unit.labels);
  const rowFolds = units.flatMap((unit, index) => unit.ids.map(() => folds[index]!));
  return measureSplit(rows, rowFolds, { classes: CLASSES, folds: FOLDS });
}

describe("grouped folds", () => {
  const units = makeUnits(3000, 1).map(({ ids, labels }) => ({ ids, labels }));
  const options = { classes: CLASSES, folds: FOLDS, seed: 1, proposals: 400_000 };

  it("have every label and size within one of the even share", () => {
    const measures = measure(units, groupedFolds(units, options));
    assert(measures.largestDeviation < 1, `${measures.largestDeviation}`);
    assert(Math.max(...measures.sizes) - Math.min(...measures.sizes) <= 1, measures.sizes.join());
  });

  it("spread pairs of labels better than the start does", () => {
    const start = measure(units, groupedFolds(units, { ...options, proposals: 0 }));
    const refined = measure(units, groupedFolds(units, options));
    assert(refined.labelPairDistribution < 0.7 * start.labelPairDistribution);
    assert(refined.labelDistribution <= start.labelDistribution);
  });

  it("are the same for a seed and others for another", () => {
    assertEquals(groupedFolds(units, options), groupedFolds(units, options));
    assert(groupedFolds(units, options).join() !== groupedFolds(units, { ...options, seed: 2 }).join());
  });

  it("balance sources apart on request", () => {
    const withSources = makeUnits(3000, 1);
    const folds = groupedFolds(withSources, options);
    const counts = new Array<number>(FOLDS).fill(0);
    for (const [index, unit] of withSources.entries()) {
      counts[folds[index]!]! += unit.sources!.filter((source) => source === 0).length;
    }
    const even = counts.reduce((sum, count) => sum + count, 0) / FOLDS;
    for (const count of counts) assert(Math.abs(count - even) < 1, counts.join());
  });

  it("leave no label further from its even share than one, or than the largest group of some label forces", () => {
    for (const seed of [0, 8, 26, 27, 33]) {
      const { units, classes } = crowdedUnits(seed);
      const folds = groupedFolds(units, { classes, folds: FOLDS, seed: 1234 });
      let worst = 0, forced = 0;
      for (let label = 0; label < classes; label++) {
        const own = units.map(({ labels }) => labels.filter((row) => row.includes(label)).length);
        const share = own.reduce((sum, count) => sum + count, 0) / FOLDS;
        const counts = new Array<number>(FOLDS).fill(0);
        own.forEach((count, unit) => counts[folds[unit]!]! += count);
        worst = Math.max(worst, ...counts.map((count) => Math.abs(count - share)));
        forced = Math.max(forced, Math.max(...own) - share);
      }
      assert(worst <= Math.max(1, forced) + 1e-6, `seed ${seed}: ${worst}, forced ${forced}`);
    }
  });

  it("take labels with fewer members than folds, rows without labels, and groups larger than a fold", () => {
    const odd: FoldUnit[] = [
      { ids: Array.from({ length: 40 }, (_, i) => `g${i}`), labels: new Array(40).fill([0, 1]) },
      ...Array.from({ length: 60 }, (_, i) => ({ ids: [`${i}`], labels: [i < 3 ? [2] : []] })),
    ];
    const folds = groupedFolds(odd, { classes: 3, folds: 11, seed: 0 });
    assertEquals(new Set(folds.slice(1, 4)).size, 3);
    const alone = folds.slice(1).filter((fold) => fold === folds[0]).length;
    assertEquals(alone, 0);
  });

  it("split one label a row as well", () => {
    const single = Array.from(
      { length: 200 },
      (_, i) => ({ ids: [`${i}`], labels: [[i % 7 === 0 ? 1 : 0]] }),
    );
    const { counts } = measureSplit(
      single.map((unit) => unit.labels[0]!),
      groupedFolds(single, { classes: 2, folds: 5, seed: 3 }),
      { classes: 2, folds: 5 },
    );
    assertEquals(counts[0]!.every((count) => count === 34 || count === 35), true);
    assertEquals(counts[1]!.every((count) => count === 5 || count === 6), true);
  });
});

Deno.test("the measures equal hand-counted ones", () => {
  const rows = [[0, 1], [0], [1], [0, 1], [], [1]];
  const measures = measureSplit(rows, [0, 0, 0, 1, 1, 1], { classes: 2, folds: 2 });
  assertEquals(measures.counts, [[2, 1], [2, 2]]);
  // Odds of label 0: 2/1 and 1/2 against 3/3; of label 1: 2/1 twice against 4/2.
  assertEquals(measures.labelDistribution, (1 + 0.5 + 0 + 0) / 4);
  // The pair occurs once in either fold: 1/2 twice against 2/4.
  assertEquals(measures.labelPairDistribution, 0);
  assertEquals(measures.largestDeviation, 0.5);
  assertEquals(measures.examplesDistribution, 0);
});
