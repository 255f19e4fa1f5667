import { basename, join } from "@std/path";
import type { LabelRow } from "../base/example.ts";
import type { Layout } from "../plugin/contracts.ts";
import {
  type ConflictPolicy,
  disagrees,
  groupLabels,
  type LabelConflict,
  memberLabels,
} from "../duplicates/conflicts.ts";
import { parseIds } from "../duplicates/id_list.ts";
import { UnionFind } from "../base/union_find.ts";
import { pathExists } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";
import { readCsv } from "../formats/csv.ts";
import { byId } from "../layout/labels.ts";
import type { FoldUnit } from "./fold_units.ts";

/** The duplicates files that a split keeps together. */
function duplicatesPaths(dir: string): string[] {
  return ["phash", "ahash"].map((hash) => join(dir, `duplicates.${hash}.csv`));
}

/** Reads the duplicate groups of a duplicates file. Throws a data problem with advice when the file is missing. */
export async function readDuplicates(path: string): Promise<string[][]> {
  const next = `Run "deno task find_duplicate_images" to make ${basename(path)}`;
  const rows = await readCsv(path, { columns: ["hash", "Ids", "Target"], next });
  return rows.map((row) => parseIds(row.Ids));
}

/** Labelled rows with their groups. */
export interface RowGroups {
  /** Sorted by id. */
  readonly rows: readonly LabelRow[];
  /** Row indices of each set of duplicates. */
  readonly duplicates: readonly (readonly number[])[];
  /** Row indices that must stay in one fold: the transitive closure of duplicates and the layout's groups. */
  readonly together: readonly (readonly number[])[];
}

/** Options of {@link groupRows}. */
export interface RowGroupOptions {
  /** Groups of ids from the duplicates files; an id in none of them has no readable image and is left out. */
  readonly duplicates: readonly (readonly string[])[];
  /** The layout's group of an id, or null. */
  groupOf(id: string): string | null;
}

function indexRows(rows: readonly LabelRow[]): Map<string, number> {
  return new Map(rows.map((row, index) => [row.id, index]));
}

function checkKnown(groups: readonly (readonly string[])[], labels: ReadonlySet<string>): void {
  for (const id of groups.flat()) {
    if (labels.has(id)) continue;
    throw dataProblem(
      `Cannot split: the duplicates files hold the Id "${id}", which has no labels`,
      'Run "deno task find_duplicate_images" again, the labels have changed since',
    );
  }
}

/** Unites the members of each group of duplicates that are among the rows. */
function uniteDuplicates(
  sets: UnionFind,
  duplicates: readonly (readonly string[])[],
  rowOf: ReadonlyMap<string, number>,
): void {
  for (const ids of duplicates) {
    const members = ids.flatMap((id) => rowOf.get(id) ?? []);
    for (const member of members) sets.unite(members[0]!, member);
  }
}

/** Unites the rows of each group of the layout. */
function uniteGroups(
  sets: UnionFind,
  ids: readonly string[],
  groupOf: (id: string) => string | null,
): void {
  const firsts = new Map<string, number>();
  for (const [row, id] of ids.entries()) {
    const group = groupOf(id);
    if (group === null) continue;
    sets.unite(firsts.get(group) ?? row, row);
    if (!firsts.has(group)) firsts.set(group, row);
  }
}

/** The group of each of some rows. */
export interface RowGrouping {
  /** From 0, in the order of the groups' first rows. */
  readonly groups: Int32Array;
  readonly count: number;
}

/** Groups the rows of Ids by duplicates, where they were searched for, and by the layout's groups, such as a person. */
export async function groupIds(layout: Layout, ids: readonly string[]): Promise<RowGrouping> {
  const sets = new UnionFind(ids.length), rowOf = new Map(ids.map((id, row) => [id, row]));
  for (const path of duplicatesPaths(layout.dir)) {
    if (await pathExists(path)) uniteDuplicates(sets, await readDuplicates(path), rowOf);
  }
  uniteGroups(sets, ids, (id) => layout.groupOf(id));
  const groups = new Int32Array(ids.length), found = sets.groups();
  for (const [group, rows] of found.entries()) for (const row of rows) groups[row] = group;
  return { groups, count: found.length };
}

/**
 * Groups rows by duplicates (by either hash) and the layout's groups.
 *
 * @param labels the labelled rows to split
 * @param all every id that has labels, also those left out of this split
 */
export function groupRows(
  labels: readonly LabelRow[],
  all: ReadonlySet<string>,
  options: RowGroupOptions,
): RowGroups {
  checkKnown(options.duplicates, all);
  const scanned = new Set(options.duplicates.flat());
  const rows = labels.filter((row) => scanned.has(row.id)).sort(byId);
  const indices = indexRows(rows);
  const duplicates = new UnionFind(rows.length), together = new UnionFind(rows.length);
  for (const sets of [duplicates, together]) uniteDuplicates(sets, options.duplicates, indices);
  uniteGroups(together, rows.map((row) => row.id), (id) => options.groupOf(id));
  return { rows, duplicates: duplicates.groups(), together: together.groups() };
}

/** Input of a split. */
export interface SplitGroups extends RowGroups {
  /** Number of labelled rows without a readable image. */
  readonly leftOut: number;
}

/** Reads a layout's labels and duplicates files and groups the rows; external images are optional. */
export async function readRowGroups(
  layout: Layout,
  options: { readonly useExternal: boolean },
): Promise<SplitGroups> {
  const all = await layout.readLabels();
  const rows = all.filter((row) => options.useExternal || row.source === "train");
  const duplicates = [];
  for (const path of duplicatesPaths(layout.dir)) duplicates.push(...await readDuplicates(path));
  const known = new Set(all.map((row) => row.id));
  const groups = groupRows(rows, known, { duplicates, groupOf: (id) => layout.groupOf(id) });
  return { ...groups, leftOut: rows.length - groups.rows.length };
}

/** Resolves conflicting labels of duplicates by the policy; returns each row's labels and the conflicts. */
export function resolveLabels(
  groups: RowGroups,
  policy: ConflictPolicy,
): { labels: (readonly number[])[]; conflicts: LabelConflict[] } {
  const labels = groups.rows.map((row) => row.labels);
  const conflicts: LabelConflict[] = [];
  for (const indices of groups.duplicates) {
    const members = indices.map((index) => groups.rows[index]!);
    if (!disagrees(members)) continue;
    for (const [place, own] of memberLabels(members, policy).entries()) labels[indices[place]!] = own;
    conflicts.push({ members, resolved: groupLabels(members, policy) });
  }
  return { labels, conflicts };
}

/** The split's units: every group with the labels of its members. */
export function foldUnits(
  groups: RowGroups,
  labels: readonly (readonly number[])[],
  options: { readonly balanceSources: boolean },
): FoldUnit[] {
  return groups.together.map((indices) => ({
    ids: indices.map((index) => groups.rows[index]!.id),
    labels: indices.map((index) => labels[index]!),
    ...(options.balanceSources
      ? { sources: indices.map((index) => (groups.rows[index]!.source === "train" ? 0 : 1)) }
      : {}),
  }));
}
