import { basename } from "@std/path";
import type { Split } from "../base/example.ts";
import { readCsv } from "../formats/csv.ts";

/** The ids of train and val in a split file. Throws a data problem on a missing file or column. */
export async function readSplitIds(path: string): Promise<{ train: Set<string>; val: Set<string> }> {
  const next = `Run "deno task stratified_split" to make ${basename(path)}`;
  const rows = await readCsv(path, { columns: ["Id", "Target", "Split"], next });
  const idsOf = (split: Split) => new Set(rows.filter((row) => row.Split === split).map((row) => row.Id));
  return { train: idsOf("train"), val: idsOf("val") };
}
