import { join } from "@std/path";
import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { openLayout } from "../core/config/experiment.ts";
import { CONFLICT_POLICIES } from "../core/hash/conflicts.ts";
import { labelIndex } from "../core/hash/duplicates.ts";
import { findLeaks } from "../core/hash/leaks.ts";
import { scanLayout } from "../core/hash/scan_layout.ts";
import { loadPlugins } from "../core/plugin/registry.ts";
import { writeCsv } from "../core/table/csv.ts";
import { formatIndices } from "../core/table/labels.ts";
import { namedHashes } from "./find_duplicate_images.ts";

const flags = z.strictObject({
  data_dir: z.string().default("data").describe("Folder of the images and CSV files"),
  layout: z.string().default("auto").describe("Name of the layout plugin, or auto to look at the folder"),
  radius: z.int().min(0).max(8).default(0).describe("Bits in which the hashes of a pair may differ"),
  conflict: z.enum(CONFLICT_POLICIES).default("train_wins").describe("Labels where the sources disagree"),
});

/** Finds test pictures whose labels are known. */
export const task: Task<typeof flags> = {
  name: "find_data_leak",
  about: "Find test images that look like labelled ones and write data_leak.{ahash,phash}.csv",
  examples: ["deno task find_data_leak", "deno task find_data_leak --radius=4"],
  flags,
  async run({ flags: { data_dir, layout: name, radius, conflict }, output }) {
    const registry = await loadPlugins([], ["layouts", "hashes"]);
    const layout = await openLayout(registry, data_dir, { name });
    const labels = labelIndex(await layout.readLabels());
    const hashes = namedHashes(registry);
    const { records, broken } = await scanLayout(layout, {
      sources: ["train", "external", "test"],
      hashes,
      output,
    });
    const found = hashes.map(({ name: hash }) => ({
      hash,
      leaks: findLeaks(records, labels, { hash, radius, conflict }),
    }));
    for (const { hash, leaks } of found) {
      const path = join(data_dir, `data_leak.${hash}.csv`);
      await writeCsv(
        path,
        ["Id", "Target"],
        leaks.map(({ record, labels }) => [record.id, formatIndices(labels)]),
      );
      output.line(`wrote ${path}: ${leaks.length} leaks`);
    }
    if (broken.length > 0) output.line(`images that cannot be read: ${broken.length}`);
    return { leaks: Object.fromEntries(found.map(({ hash, leaks }) => [hash, leaks.length])), broken };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
