import { z } from "zod";
import { openFlaggedLayout } from "../core/layout/layout_flags.ts";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import {
  findDuplicates,
  LabelIndex,
  labelledPictures,
  measureCoverage,
} from "../core/duplicates/duplicates.ts";
import { collectPictures } from "../core/duplicates/pictures.ts";
import type { NamedHash } from "../core/scan/record.ts";
import { type DuplicateFindings, duplicateReport, reportedGroups } from "../core/duplicates/report.ts";
import { type LayoutScan, namedHashes, scanLayout } from "../core/scan/scan_layout.ts";
import {
  groupOptions,
  linkageFlag,
  linkOptions,
  makeConfirmer,
  searchFlags,
} from "../core/duplicates/search_flags.ts";
import { surveyRecords } from "../core/scan/survey.ts";
import { writeDuplicateFiles } from "../core/duplicates/write_files.ts";
import type { Layout } from "../core/plugin/contracts.ts";
import { loadPlugins } from "../core/plugin/registry.ts";

const flags = z.strictObject({ ...searchFlags.shape, link: linkageFlag });
type Flags = z.output<typeof flags>;

const SHOWN = 10;

function listSome(output: Output, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  output.line(`${title}: ${lines.length}`);
  for (const line of lines.slice(0, SHOWN)) output.line(`  ${line}`);
  if (lines.length > SHOWN) output.line(`  and ${lines.length - SHOWN} more`);
}

function summarize(output: Output, { all, broken, coverage, survey }: DuplicateFindings): void {
  listSome(output, "images that cannot be read", broken.map(({ file, reason }) => `${file}: ${reason}`));
  listSome(output, "images without labels, left out", coverage.unlabelled);
  listSome(output, "labelled ids without an image", coverage.missing);
  listSome(output, "files of an unusual kind", survey.unusual.map(({ file, about }) => `${file}: ${about}`));
  listSome(output, "blank images, grouped by equal pixels only", survey.blank.map(({ file }) => file));
  for (const duplicates of all) {
    const lines = reportedGroups(duplicates).filter(({ conflict }) => conflict).map(({ members, labels }) =>
      `${members.map(({ row }) => `${row.source}/${row.id} [${row.labels.join(" ")}]`).join(", ")} -> [${
        labels.join(" ")
      }]`
    );
    listSome(output, `groups by ${duplicates.hash} whose labels disagree`, lines);
  }
  const rows = all.map((duplicates) => {
    const groups = reportedGroups(duplicates);
    const members = groups.reduce((sum, group) => sum + group.members.length, 0);
    const widest = groups.reduce((most, { diameter }) => Math.max(most, diameter), 0);
    const all = duplicates.labelled.length - members + groups.length;
    return [duplicates.hash, all, groups.length, members, widest];
  });
  output.table(["hash", "groups", "of several", "images in these", "widest in bits"], rows);
}

async function find(
  layout: Layout,
  scan: LayoutScan,
  { labels, hashes, flags }: Search,
): Promise<DuplicateFindings> {
  const pictures = collectPictures(scan.records, scan.broken, layout.hashChannel);
  const labelled = labelledPictures(pictures, labels);
  const confirmer = await makeConfirmer(layout.dir, flags);
  const all = [];
  for (const { name: hash } of hashes) {
    const { conflict, link } = flags;
    const options = { ...linkOptions(hash, flags, confirmer), ...groupOptions(hash, flags, link), conflict };
    all.push(await findDuplicates(labelled, options));
  }
  await confirmer.options.memory.save();
  return {
    settings: flags,
    pictures: pictures.length,
    all,
    broken: scan.broken,
    coverage: measureCoverage(scan.images, labels),
    survey: surveyRecords(pictures.map(({ primary }) => primary)),
  };
}

interface Search {
  readonly labels: LabelIndex;
  readonly hashes: readonly NamedHash[];
  readonly flags: Flags;
}

/** Finds pictures that are there twice. */
export const task: Task<typeof flags> = {
  name: "find_duplicate_images",
  about: "Find train and external images that look alike and write duplicates.{ahash,phash}.csv and a report",
  examples: [
    "deno task find_duplicate_images",
    "deno task find_duplicate_images --radius=4 --conflict=majority",
  ],
  flags,
  async run({ flags, output }) {
    const registry = await loadPlugins([], ["layouts", "hashes"]);
    const layout = await openFlaggedLayout(registry, flags);
    const labels = new LabelIndex(await layout.readLabels());
    const hashes = namedHashes(registry, flags);
    const scan = await scanLayout(layout, { sources: ["train", "external"], hashes, output, flags });
    if (flags.shard) return { hashed: scan.records.length, broken: scan.broken };
    const findings = await find(layout, scan, { labels, hashes, flags });
    summarize(output, findings);
    for (const path of await writeDuplicateFiles(layout, findings, flags)) output.line(`wrote ${path}`);
    return duplicateReport(findings);
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
