import { join } from "@std/path";
import { pathExists } from "../base/files.ts";
import { UnionFind } from "../base/union_find.ts";
import type { Layout } from "../plugin/contracts.ts";
import { readDuplicates } from "../split/row_groups.ts";

/** Rows by what must be drawn together. */
export interface RowGrouping {
  /** The group of each row, from 0. */
  readonly groups: Int32Array;
  readonly count: number;
}

async function duplicateIds(dir: string): Promise<string[][]> {
  const paths = ["phash", "ahash"].map((hash) => join(dir, `duplicates.${hash}.csv`));
  const found: string[][] = [];
  for (const path of paths) if (await pathExists(path)) found.push(...await readDuplicates(path));
  return found.filter((ids) => ids.length > 1);
}

/** Pairs of rows that belong together. */
function* pairs(
  ids: readonly string[],
  given: { readonly duplicates: readonly (readonly string[])[]; groupOf(id: string): string | null },
): Generator<readonly [number, number]> {
  const rows = new Map(ids.map((id, row) => [id, row])), firsts = new Map<string, number>();
  for (const together of given.duplicates) {
    const members = together.flatMap((id) => rows.get(id) ?? []);
    for (const member of members) yield [members[0]!, member];
  }
  for (const [row, id] of ids.entries()) {
    const key = given.groupOf(id);
    if (key === null) continue;
    yield [firsts.get(key) ?? row, row];
    if (!firsts.has(key)) firsts.set(key, row);
  }
}

/** Groups the rows of Ids by duplicates, where they were searched for, and by the layout's groups, such as a person. */
export async function groupIds(layout: Layout, ids: readonly string[]): Promise<RowGrouping> {
  const sets = new UnionFind(ids.length);
  const given = { duplicates: await duplicateIds(layout.dir), groupOf: (id: string) => layout.groupOf(id) };
  for (const [a, b] of pairs(ids, given)) sets.unite(a, b);
  const groups = new Int32Array(ids.length), found = sets.groups();
  for (const [group, rows] of found.entries()) for (const row of rows) groups[row] = group;
  return { groups, count: found.length };
}
