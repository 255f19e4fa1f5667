import { join } from "@std/path";
import { z } from "zod";
import type { Output } from "../core/cli/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { openLayout } from "../core/config/experiment.ts";
import { CONFLICT_POLICIES } from "../core/hash/conflicts.ts";
import {
  type Coverage,
  duplicateRows,
  type Duplicates,
  DUPLICATES_HEADER,
  findDuplicates,
  labelIndex,
  measureCoverage,
} from "../core/hash/duplicates.ts";
import type { BrokenImage, NamedHash } from "../core/hash/record.ts";
import { scanLayout } from "../core/hash/scan_layout.ts";
import { loadPlugins, type Registry } from "../core/plugin/registry.ts";
import { writeCsv } from "../core/table/csv.ts";

const SHOWN = 10;

const flags = z.strictObject({
  data_dir: z.string().default("data").describe("Folder of the images and CSV files"),
  layout: z.string().default("auto").describe("Name of the layout plugin, or auto to look at the folder"),
  radius: z.int().min(0).max(8).default(0).describe("Bits in which the hashes of duplicates may differ"),
  conflict: z.enum(CONFLICT_POLICIES).default("train_wins").describe(
    "Labels of a group whose members disagree",
  ),
});

function listSome(output: Output, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  output.line(`${title}: ${lines.length}`);
  for (const line of lines.slice(0, SHOWN)) output.line(`  ${line}`);
  if (lines.length > SHOWN) output.line(`  and ${lines.length - SHOWN} more`);
}

function report(
  output: Output,
  found: { broken: readonly BrokenImage[]; coverage: Coverage; all: Duplicates[] },
): void {
  listSome(
    output,
    "images that cannot be read",
    found.broken.map(({ file, reason }) => `${file}: ${reason}`),
  );
  listSome(output, "images without labels, left out", found.coverage.unlabelled);
  listSome(output, "labelled ids without an image", found.coverage.missing);
  for (const { hash, conflicts } of found.all) {
    const lines = conflicts.map(({ members, resolved }) =>
      `${members.map((row) => `${row.source}/${row.id} [${row.labels.join(" ")}]`).join(", ")} -> [${
        resolved.join(" ")
      }]`
    );
    listSome(output, `groups by ${hash} whose labels disagree`, lines);
  }
  const rows = found.all.map(({ hash, groups }) => {
    const several = groups.filter((group) => group.records.length > 1);
    return [
      hash,
      groups.length,
      several.length,
      several.reduce((sum, group) => sum + group.records.length, 0),
    ];
  });
  output.table(["hash", "groups", "of several", "images in these"], rows);
}

/** The hashes that upstream's files are named after. */
export function namedHashes(registry: Registry): NamedHash[] {
  return ["ahash", "phash"].map((name) => ({ name, hash: registry.get("hashes", name).create({}, {}) }));
}

/** Finds pictures that are there twice. */
export const task: Task<typeof flags> = {
  name: "find_duplicate_images",
  about: "Find train and external images that look alike and write duplicates.{ahash,phash}.csv",
  examples: [
    "deno task find_duplicate_images",
    "deno task find_duplicate_images --radius=4 --conflict=majority",
  ],
  flags,
  async run({ flags: { data_dir, layout: name, radius, conflict }, output }) {
    const registry = await loadPlugins([], ["layouts", "hashes"]);
    const layout = await openLayout(registry, data_dir, { name });
    const labels = labelIndex(await layout.readLabels());
    const hashes = namedHashes(registry);
    const scan = await scanLayout(layout, { sources: ["train", "external"], hashes, output });
    const all = hashes.map(({ name: hash }) =>
      findDuplicates(scan.records, labels, { hash, radius, conflict })
    );
    for (const duplicates of all) {
      const path = join(data_dir, `duplicates.${duplicates.hash}.csv`);
      await writeCsv(path, DUPLICATES_HEADER, duplicateRows(duplicates));
      output.line(`wrote ${path}`);
    }
    report(output, { broken: scan.broken, coverage: measureCoverage(scan.images, labels), all });
    return { broken: scan.broken, conflicts: all.map(({ hash, conflicts }) => ({ hash, conflicts })) };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
