import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { DUPLICATE_DEFAULTS, findDuplicates } from "../core/duplicates/find_duplicates.ts";
import { LINKAGES } from "../core/duplicates/groups.ts";
import { type DuplicateFindings, duplicateReport, reportedGroups } from "../core/duplicates/report.ts";
import { hashShard } from "../core/scan/hash_shard.ts";
import { readShard, searchFlags, searchSettings, tellScanPlan } from "./_search_flags.ts";

const flags = z.strictObject({
  ...searchFlags.shape,
  link: z.enum(LINKAGES).default(DUPLICATE_DEFAULTS.link).describe(
    "single: pictures may chain together; complete: every two of a group lie within the radius",
  ),
});

const SHOWN = 10;

function listSome(output: Output, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  output.line(`${title}: ${lines.length}`);
  for (const line of lines.slice(0, SHOWN)) output.line(`  ${line}`);
  if (lines.length > SHOWN) output.line(`  and ${lines.length - SHOWN} more`);
}

function summarize(output: Output, { byHash, broken, coverage, survey }: DuplicateFindings): void {
  listSome(output, "images that cannot be read", broken.map(({ file, reason }) => `${file}: ${reason}`));
  listSome(output, "images without labels, left out", coverage.unlabelled);
  listSome(output, "labelled ids without an image", coverage.missing);
  listSome(output, "files of an unusual kind", survey.unusual.map(({ file, about }) => `${file}: ${about}`));
  listSome(output, "blank images, grouped by equal pixels only", survey.blank.map(({ file }) => file));
  for (const duplicates of byHash) {
    const lines = reportedGroups(duplicates).filter(({ conflict }) => conflict).map(({ members, labels }) =>
      `${members.map(({ row }) => `${row.source}/${row.id} [${row.labels.join(" ")}]`).join(", ")} -> [${
        labels.join(" ")
      }]`
    );
    listSome(output, `groups by ${duplicates.hash} whose labels disagree`, lines);
  }
  const rows = byHash.map((duplicates) => {
    const groups = reportedGroups(duplicates);
    const members = groups.reduce((sum, group) => sum + group.members.length, 0);
    const widest = groups.reduce((most, { diameter }) => Math.max(most, diameter), 0);
    const all = duplicates.labelled.length - members + groups.length;
    return [duplicates.hash, all, groups.length, members, widest];
  });
  output.table(["hash", "groups", "of several", "images in these", "widest in bits"], rows);
}

/** Finds duplicate images. */
export const task: Task<typeof flags> = {
  name: "find_duplicate_images",
  about: "Find train and external images that look alike and write duplicates.{ahash,phash}.csv and a report",
  examples: [
    "deno task find_duplicate_images",
    "deno task find_duplicate_images --radius=4 --conflict=majority",
    "deno task find_duplicate_images --dry-run",
  ],
  flags,
  async run({ flags, output }) {
    const settings = searchSettings(flags);
    if (flags.dry_run) return await tellScanPlan(flags, { sources: ["train", "external"], output });
    if (flags.shard) return await hashShard({ ...settings, shard: readShard(flags.shard), output });
    const found = await findDuplicates({ ...settings, link: flags.link, output });
    summarize(output, found);
    for (const path of found.files) output.line(`wrote ${path}`);
    return duplicateReport(found);
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
