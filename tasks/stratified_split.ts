import { join } from "@std/path";
import { z } from "zod";
import { layoutFlags, openFlaggedLayout } from "../core/layout/layout_flags.ts";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { writeFileAtomic } from "../core/base/files.ts";
import { CONFLICT_POLICIES, type LabelConflict } from "../core/duplicates/conflicts.ts";
import type { Layout } from "../core/plugin/contracts.ts";
import { loadPlugins } from "../core/plugin/registry.ts";
import { dataProblem } from "../core/base/problem.ts";
import { assignFolds, forcedDeviation } from "../core/split/assign_folds.ts";
import { readRowGroups, resolveLabels, type SplitGroups } from "../core/split/groups.ts";
import { measureSplit, type SplitMeasures } from "../core/split/measures.ts";
import { writeSplitFiles } from "../core/split/split_files.ts";

const flags = z.strictObject({
  ...layoutFlags.shape,
  use_external: z.int().min(0).max(1).default(1).describe("1: with external images, 0: without"),
  folds: z.int().min(3).refine(
    (folds) => folds % 2 === 1,
    "must be odd: two folds a split and one for test_val",
  )
    .default(11).describe("Folds; splits are made of two each, the last is test_val"),
  seed: z.int().min(0).max(4294967295).default(1234).describe("Seed of the split"),
  conflict: z.enum(CONFLICT_POLICIES).default("train_wins").describe("Labels of duplicates that disagree"),
  compat: z.enum(["none", "iterstrat"]).default("none").describe(
    "iterstrat: the folds of the Python package, bit for bit, one row a group",
  ),
  shuffle: z.boolean().default(false).describe("With --compat=iterstrat: shuffle the rows first"),
  balance_sources: z.boolean().default(false).describe("Balance train and external images apart too"),
});

function reportBalance(output: Output, layout: Layout, measures: SplitMeasures & { forced: number }): void {
  const { counts, sizes } = measures;
  const folds = sizes.map((_, fold) => `${fold}`);
  const used = counts.map((row, label) => ({ row, name: layout.classes[label]! }))
    .filter(({ row }) => row.some((count) => count > 0));
  output.table(["label", ...folds], [["all", ...sizes], ...used.map(({ row, name }) => [name, ...row])]);
  output.line(
    `label distribution ${measures.labelDistribution.toExponential(2)}, of pairs ${
      measures.labelPairDistribution.toExponential(2)
    }, largest |count - even share| ${measures.largestDeviation.toFixed(2)}`,
  );
  if (measures.forced >= 1) {
    output.line(`  of which a large group of one label forces ${measures.forced.toFixed(2)}`);
  }
  const scarce = used.filter(({ row }) => row.reduce((sum, count) => sum + count, 0) < sizes.length);
  if (scarce.length === 0) return;
  output.warn(
    `${scarce.length} labels have fewer images than folds: ${scarce.map(({ name }) => name).join("; ")}`,
  );
}

function reportGroups(
  output: Output,
  groups: SplitGroups,
  conflicts: LabelConflict[],
): void {
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
    const { folds, seed } = flags;
    const registry = await loadPlugins([], ["layouts"]);
    const layout = await openFlaggedLayout(registry, flags);
    const groups = await readRowGroups(layout, { useExternal: flags.use_external === 1 });
    if (groups.rows.length < folds) {
      throw dataProblem(
        `Cannot make ${folds} folds: there are ${groups.rows.length} images`,
        "Use fewer --folds",
      );
    }
    const { labels, conflicts } = resolveLabels(groups, flags.conflict);
    const shape = { classes: layout.classes.length, folds };
    const { compat, shuffle, balance_sources: balanceSources } = flags;
    const rowFolds = assignFolds(groups, labels, { ...shape, seed, compat, shuffle, balanceSources });
    const measures = measureSplit(labels, rowFolds, shape);
    reportGroups(output, groups, conflicts);
    const forced = forcedDeviation(groups, labels, shape);
    reportBalance(output, layout, { ...measures, forced });
    const rows = groups.rows.map(({ id }, row) => ({ id, labels: labels[row]!, fold: rowFolds[row]! }));
    const prefix = flags.use_external === 1 ? "split.stratified" : "split.stratified.small";
    const paths = await writeSplitFiles(rows, { dir: flags.data_dir, prefix, folds });
    for (const path of paths) output.line(`wrote ${path}`);
    const report = {
      settings: flags,
      groups: groups.together.length,
      left_out: groups.leftOut,
      measures,
      forced,
      conflicts,
    };
    const path = join(flags.data_dir, `${prefix}.report.json`);
    await writeFileAtomic(path, JSON.stringify(report, null, 1) + "\n");
    output.line(`wrote ${path}`);
    return report;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
