import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { CONFLICT_POLICIES } from "../core/duplicates/conflicts.ts";
import {
  type FoldSplit,
  SPLIT_DEFAULTS,
  splitFolds,
  splitReport,
  type SplitSettings,
} from "../core/split/split_folds.ts";
import { dataFlags, dataSettings } from "./_data_flags.ts";

const flags = z.strictObject({
  ...dataFlags.shape,
  use_external: z.int().min(0).max(1).default(1).describe("1: with external images, 0: without"),
  folds: z.int().min(3).refine(
    (folds) => folds % 2 === 1,
    "must be odd: two folds a split and one for test_val",
  )
    .default(SPLIT_DEFAULTS.folds).describe("Folds; splits are made of two each, the last is test_val"),
  seed: z.int().min(0).max(4294967295).default(SPLIT_DEFAULTS.seed).describe("Seed of the split"),
  conflict: z.enum(CONFLICT_POLICIES).default(SPLIT_DEFAULTS.conflict).describe(
    "Labels of duplicates that disagree",
  ),
  compat: z.enum(["none", "iterstrat"]).default(SPLIT_DEFAULTS.compat).describe(
    "iterstrat: the folds of the Python package, bit for bit, one row a group",
  ),
  shuffle: z.boolean().default(SPLIT_DEFAULTS.shuffle).describe(
    "With --compat=iterstrat: shuffle the rows first",
  ),
  balance_sources: z.boolean().default(SPLIT_DEFAULTS.balanceSources).describe(
    "Balance train and external images apart too",
  ),
});

/** Converts the flags to settings. */
function splitSettings(given: z.output<typeof flags>): SplitSettings {
  const { folds, seed, conflict, compat, shuffle } = given;
  return {
    ...dataSettings(given),
    useExternal: given.use_external === 1,
    folds,
    seed,
    conflict,
    compat,
    shuffle,
    balanceSources: given.balance_sources,
  };
}

function reportBalance(output: Output, { strata, measures, forced }: FoldSplit): void {
  const { counts, sizes } = measures;
  const folds = sizes.map((_, fold) => `${fold}`);
  const used = counts.map((row, label) => ({ row, name: strata[label]! }))
    .filter(({ row }) => row.some((count) => count > 0));
  output.table(["label", ...folds], [["all", ...sizes], ...used.map(({ row, name }) => [name, ...row])]);
  output.line(
    `label distribution ${measures.labelDistribution.toExponential(2)}, of pairs ${
      measures.labelPairDistribution.toExponential(2)
    }, largest |count - even share| ${measures.largestDeviation.toFixed(2)}`,
  );
  if (forced >= 1) {
    output.line(`  of which a large group of one label forces ${forced.toFixed(2)}`);
  }
}

function reportGroups(output: Output, { groups, conflicts }: FoldSplit): void {
  const several = groups.together.filter((indices) => indices.length > 1);
  const largest = several.reduce((most, indices) => Math.max(most, indices.length), 1);
  output.line(`${groups.rows.length} images in ${groups.together.length} groups, the largest of ${largest}`);
  if (groups.leftOut > 0) output.line(`${groups.leftOut} labelled ids without a readable image are left out`);
  if (conflicts.length > 0) output.line(`${conflicts.length} groups of duplicates had labels that disagree`);
}

/** Splits the labelled images into folds. */
export const task: Task<typeof flags> = {
  name: "stratified_split",
  about: "Split the labelled images into folds, duplicates kept together: split.stratified[.small].{0-4}.csv",
  examples: ["deno task stratified_split", "deno task stratified_split --use_external=0 --seed=7"],
  flags,
  async run({ flags, output }) {
    const split = await splitFolds({ ...splitSettings(flags), output });
    reportGroups(output, split);
    reportBalance(output, split);
    for (const path of split.files) output.line(`wrote ${path}`);
    return splitReport(split);
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
