import { join } from "@std/path";
import { checkWritable } from "../base/check_writable.ts";
import { writeFileAtomic } from "../base/files.ts";
import { type Output, SILENT } from "../base/output.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { checkConflictPolicy, type ConflictPolicy, type LabelConflict } from "../duplicates/conflicts.ts";
import { DATA_DEFAULTS, type DataSettings, reportedData } from "../layout/data_settings.ts";
import { openLayout } from "../layout/open_layout.ts";
import { splitChecksums } from "../layout/split_report.ts";
import type { Layout } from "../plugin/contracts.ts";
import { loadPlugins } from "../plugin/registry.ts";
import { assignFolds, type AssignOptions, forcedDeviation } from "./assign_folds.ts";
import { readRowGroups, resolveLabels, type SplitGroups } from "./row_groups.ts";
import { measureSplit, type SplitMeasures } from "./measure_split.ts";
import { type FoldRow, writeSplitFiles } from "./split_files.ts";
import { strataOf } from "./strata.ts";

/** Settings of a split. */
export interface SplitSettings extends DataSettings, Omit<AssignOptions, "classes"> {
  /** Include external images; without them the files are named split.stratified.small. */
  readonly useExternal: boolean;
  /** How to resolve conflicting labels of duplicates. */
  readonly conflict: ConflictPolicy;
}

/** Default settings. */
export const SPLIT_DEFAULTS: SplitSettings = {
  ...DATA_DEFAULTS,
  useExternal: true,
  folds: 11,
  seed: 1234,
  conflict: "train_wins",
  compat: "none",
  shuffle: false,
  balanceSources: false,
};

/** Options of {@link splitFolds}; defaults are `SPLIT_DEFAULTS`. */
export interface SplitFoldsOptions extends Partial<SplitSettings> {
  /** Receives a warning about labels with too few images; silent when left out. */
  readonly output?: Output;
}

/** The folds and their balance. */
export interface FoldSplit {
  /** Settings, under their names in the report. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Names of what the folds are balanced by: classes, or bins of values. */
  readonly strata: readonly string[];
  readonly groups: SplitGroups;
  /** Every image with its resolved labels and its fold, sorted by id. */
  readonly rows: readonly FoldRow[];
  readonly measures: SplitMeasures;
  /** Smallest possible largest deviation from an even share, given the groups. */
  readonly forced: number;
  /** Duplicates with conflicting labels. */
  readonly conflicts: readonly LabelConflict[];
}

/** Result of {@link splitFolds}. */
export interface SplitResult extends FoldSplit {
  /** Paths of the files written: one split file per pair of folds, then the report. */
  readonly files: readonly string[];
}

function reportedSplit(settings: SplitSettings): Record<string, unknown> {
  const { useExternal, folds, seed, conflict, compat, shuffle, balanceSources } = settings;
  return {
    ...reportedData(settings),
    use_external: useExternal ? 1 : 0,
    folds,
    seed,
    conflict,
    compat,
    shuffle,
    balance_sources: balanceSources,
  };
}

function checkFolds({ folds }: SplitSettings): void {
  if (Number.isInteger(folds) && folds >= 3 && folds % 2 === 1) return;
  throw configProblem(
    `Cannot make ${folds} folds: it must be an odd number from 3 on, two folds a split and one for test_val`,
    "Use 11 for five splits",
  );
}

async function assignRows(layout: Layout, settings: SplitSettings): Promise<FoldSplit> {
  const { folds } = settings;
  const groups = await readRowGroups(layout, settings);
  if (groups.rows.length < folds) {
    throw dataProblem(
      `Cannot make ${folds} folds: there are ${groups.rows.length} images`,
      "Use fewer --folds",
    );
  }
  checkConflictPolicy(settings.conflict, layout.target);
  const { labels, conflicts } = resolveLabels(groups, settings.conflict);
  const strata = strataOf(labels, layout);
  const shape = { classes: strata.names.length, folds };
  const rowFolds = assignFolds(groups, strata.labels, { ...settings, ...shape });
  const rows = groups.rows.map(({ id }, row) => ({ id, labels: labels[row]!, fold: rowFolds[row]! }));
  return {
    settings: reportedSplit(settings),
    strata: strata.names,
    groups,
    rows,
    measures: measureSplit(strata.labels, rowFolds, shape),
    forced: forcedDeviation(groups, strata.labels, shape),
    conflicts,
  };
}

/** The content of split.stratified.report.json, without the checksums of the split files. */
export function splitReport(
  { settings, groups, measures, forced, conflicts }: FoldSplit,
): Record<string, unknown> {
  const { together, leftOut } = groups;
  return { settings, groups: together.length, left_out: leftOut, measures, forced, conflicts };
}

function warnOfScarceLabels({ strata, measures }: FoldSplit, output: Output): void {
  const scarce = strata.filter((_, label) => {
    const images = measures.counts[label]!.reduce((sum, count) => sum + count, 0);
    return images > 0 && images < measures.sizes.length;
  });
  if (scarce.length === 0) return;
  output.warn(`${scarce.length} labels have fewer images than folds: ${scarce.join("; ")}`);
}

async function writeFiles(split: FoldSplit, settings: SplitSettings): Promise<string[]> {
  const { dataDir: dir, folds, useExternal } = settings;
  const prefix = useExternal ? "split.stratified" : "split.stratified.small";
  const paths = await writeSplitFiles(split.rows, { dir, prefix, folds });
  const report = join(dir, `${prefix}.report.json`);
  const content = { ...splitReport(split), files: await splitChecksums(paths) };
  await writeFileAtomic(report, JSON.stringify(content, null, 1) + "\n");
  return [...paths, report];
}

/**
 * Stratified group k-fold split of the labelled images: keeps groups whole (duplicates found by `findDuplicates`, and
 * the layout's groups, such as a person) and balances every label. Writes split.stratified[.small].<n>.csv, in which
 * folds 2n and 2n + 1 are val and the last fold is test_val, and split.stratified[.small].report.json.
 *
 * @throws a config problem on an even number of folds; a data problem when the duplicates files are missing or older
 * than the labels, or when there are fewer images than folds
 */
export async function splitFolds(options: SplitFoldsOptions = {}): Promise<SplitResult> {
  const { output = SILENT, ...given } = options;
  const settings = { ...SPLIT_DEFAULTS, ...given };
  checkFolds(settings);
  await checkWritable(settings.dataDir, "the data folder");
  const registry = await loadPlugins([], ["layouts"]);
  const { dataDir, layout: name, layoutParams: params } = settings;
  const layout = await openLayout(registry, dataDir, { name, params });
  const split = await assignRows(layout, settings);
  warnOfScarceLabels(split, output);
  return { ...split, files: await writeFiles(split, settings) };
}
