import { basename } from "@std/path";
import { z } from "zod";
import { openFlaggedLayout } from "../core/layout/layout_flags.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { LabelIndex, labelledPictures } from "../core/duplicates/duplicates.ts";
import { findLeaks } from "../core/duplicates/leaks.ts";
import { collectPictures, type Picture } from "../core/duplicates/pictures.ts";
import type { NamedHash } from "../core/scan/record.ts";
import { leakReport, type LeaksByHash } from "../core/duplicates/report.ts";
import { namedHashes, scanLayout } from "../core/scan/scan_layout.ts";
import { linkOptions, makeConfirmer, searchFlags } from "../core/duplicates/search_flags.ts";
import { type LeakFindings, writeLeakFiles } from "../core/duplicates/write_files.ts";
import { loadPlugins } from "../core/plugin/registry.ts";
import { readSplitIds } from "../core/split/split_files.ts";

const flags = z.strictObject({
  ...searchFlags.shape,
  split: z.string().optional().describe(
    "A split file, such as data/split.stratified.0.csv: look for val images in train instead of test images",
  ),
});
type Flags = z.output<typeof flags>;

interface Search {
  readonly pictures: readonly Picture[];
  readonly labels: LabelIndex;
  readonly hashes: readonly NamedHash[];
  readonly flags: Flags;
}

/** The pictures whose labels should not be known, and those whose labels are. */
async function sides({ pictures, labels, flags }: Search): Promise<[hidden: Picture[], known: Picture[]]> {
  if (flags.split === undefined) {
    return [
      pictures.filter(({ source }) => source === "test"),
      pictures.filter(({ source }) => source !== "test"),
    ];
  }
  const { val, train } = await readSplitIds(flags.split);
  const labelled = pictures.filter((picture) => labels.get(picture));
  return [labelled.filter(({ id }) => val.has(id)), labelled.filter(({ id }) => train.has(id))];
}

async function find(search: Search): Promise<LeaksByHash[]> {
  const [hidden, known] = await sides(search);
  const labelled = labelledPictures(known, search.labels);
  const confirmer = await makeConfirmer(search.flags.data_dir, search.flags);
  const all: LeaksByHash[] = [];
  for (const { name: hash } of search.hashes) {
    const options = { ...linkOptions(hash, search.flags, confirmer), conflict: search.flags.conflict };
    all.push({ hash, ...await findLeaks(hidden, labelled, options) });
  }
  await confirmer.options.memory.save();
  return all;
}

/** What the files are called, and what they say. */
function findings(
  all: readonly LeaksByHash[],
  { flags, report }: { flags: Flags; report: unknown },
): LeakFindings {
  if (flags.split === undefined) {
    return { all, report, stem: "data_leak", title: "Data leak", withSources: false };
  }
  const name = basename(flags.split, ".csv");
  const title = `Val images of ${name} that look like train images`;
  return { all, report, stem: `leak_inside.${name}`, title, withSources: true };
}

/** Finds test pictures whose labels are known, or val pictures that are in train. */
export const task: Task<typeof flags> = {
  name: "find_data_leak",
  about: "Find test images that look like labelled ones and write data_leak.{ahash,phash}.csv and a report",
  examples: [
    "deno task find_data_leak --radius=4",
    "deno task find_data_leak --split=data/split.stratified.0.csv",
  ],
  flags,
  async run({ flags, output }) {
    const registry = await loadPlugins([], ["layouts", "hashes"]);
    const layout = await openFlaggedLayout(registry, flags);
    const labels = new LabelIndex(await layout.readLabels());
    const sources = flags.split === undefined
      ? ["train", "external", "test"] as const
      : ["train", "external"] as const;
    const hashes = namedHashes(registry, flags);
    const scan = await scanLayout(layout, { sources, hashes, output, flags });
    if (flags.shard) return { hashed: scan.records.length, broken: scan.broken };
    const pictures = collectPictures(scan.records, scan.broken, layout.hashChannel);
    const all = await find({ pictures, labels, hashes, flags });
    const report = leakReport(flags, all, scan.broken);
    for (const path of await writeLeakFiles(layout, findings(all, { flags, report }), flags)) {
      output.line(`wrote ${path}`);
    }
    const conflicts = (found: LeaksByHash) => found.leaks.filter(({ conflict }) => conflict).length;
    output.table(
      ["hash", "leaks", "labels disagree"],
      all.map((found) => [found.hash, found.leaks.length, conflicts(found)]),
    );
    if (scan.broken.length > 0) output.line(`${scan.broken.length} images cannot be read, see the report`);
    return report;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
