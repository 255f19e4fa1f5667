import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { findLeaks, leakSources } from "../core/duplicates/find_leaks.ts";
import { type LeakFindings, leakReport } from "../core/duplicates/report.ts";
import { hashShard } from "../core/scan/hash_shard.ts";
import { readShard, searchFlags, searchSettings, tellScanPlan } from "./_search_flags.ts";

const flags = z.strictObject({
  ...searchFlags.shape,
  split: z.string().optional().describe(
    "A split file, such as data/split.stratified.0.csv: look for val images in train instead of test images",
  ),
});

function summarize(output: Output, { byHash, broken }: LeakFindings): void {
  output.table(
    ["hash", "leaks", "labels disagree"],
    byHash.map(({ hash, leaks }) => [hash, leaks.length, leaks.filter(({ conflict }) => conflict).length]),
  );
  if (broken.length > 0) output.line(`${broken.length} images cannot be read, see the report`);
}

/** Finds test images that duplicate labelled ones, or val images that duplicate train images. */
export const task: Task<typeof flags> = {
  name: "find_data_leak",
  about: "Find test images that look like labelled ones and write data_leak.{ahash,phash}.csv and a report",
  examples: [
    "deno task find_data_leak --radius=4",
    "deno task find_data_leak --split=data/split.stratified.0.csv",
  ],
  flags,
  async run({ flags, output }) {
    const settings = searchSettings(flags), { shard, split } = flags;
    if (flags.dry_run) return await tellScanPlan(flags, { sources: leakSources(split), output });
    if (shard) return await hashShard({ ...settings, shard: readShard(shard), output });
    const found = await findLeaks({ ...settings, ...(split === undefined ? {} : { split }), output });
    for (const path of found.files) output.line(`wrote ${path}`);
    summarize(output, found);
    return leakReport(found);
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
