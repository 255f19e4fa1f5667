import { join } from "@std/path";
import { SEARCH_DEFAULTS, type SearchSettings } from "../../duplicates/search_settings.ts";
import type { DataSettings } from "../../layout/data_settings.ts";
import { openLayout } from "../../layout/open_layout.ts";
import { loadPlugins } from "../../plugin/registry.ts";
import { SHARD_SOURCES } from "../../scan/hash_shard.ts";
import { imagesToScan, layoutShardPath, namedHashes } from "../../scan/scan_layout.ts";
import { digestImages } from "../image_digest.ts";
import type { ImageDigest } from "../image_digest.ts";
import type { PlannedUnit, Planner } from "./planner.ts";
import type { Unit } from "../unit.ts";

/** Opens the layout of a data folder with what is hashed of it. */
async function openScan(data: DataSettings) {
  const registry = await loadPlugins([], ["layouts", "hashes"]);
  const { dataDir, layout: name, layoutParams: params } = data;
  const layout = await openLayout(registry, dataDir, { name, params });
  const settings: SearchSettings = { ...SEARCH_DEFAULTS, ...data };
  const { images } = await imagesToScan(layout, { sources: SHARD_SOURCES, settings });
  return { layout, settings, hashes: namedHashes(registry, settings), images };
}

/** Digest of all images of a data folder that are hashed. */
export async function digestScan(data: DataSettings): Promise<Record<string, ImageDigest>> {
  return { all: digestImages((await openScan(data)).images) };
}

/** The files of a search for similar images. */
function foundFiles(dir: string, stem: string): string[] {
  const ends = [...SEARCH_DEFAULTS.hashes.map((hash) => `${hash}.csv`), "report.json", "report.html"];
  return ends.map((end) => join(dir, `${stem}.${end}`));
}

/**
 * Plans the hashes of all images of a data folder in parts, and what is found by them: duplicates and leaks. The files are
 * those of `--shard` and `--merge`; their CSV files have the bytes that a search without parts writes.
 */
export async function planHashes(planner: Planner, data: DataSettings, count: number): Promise<void> {
  const { layout, settings, hashes, images } = await openScan(data), { dataDir } = data;
  const layoutParams = { ...data.layoutParams };
  const task = { data: { ...data, layoutParams }, images: { all: digestImages(images) } };
  const needs: Unit[] = [];
  for (let index = 1; index <= count; index++) {
    const shard = { index, count };
    const hashing = { name: "find_duplicate_images", ...task, shard } as const;
    const title = `hash ${dataDir}, part ${index} of ${count}`;
    const outputs = [await layoutShardPath(layout, { hashes, settings, shard })];
    needs.push(await planner.add({ kind: "hash", title, task: hashing, dataDir, outputs }));
  }
  for (
    const [name, stem] of [["find_duplicate_images", "duplicates"], ["find_data_leak", "data_leak"]] as const
  ) {
    const title = `${name} ${dataDir}`, outputs = foundFiles(layout.dir, stem);
    await planner.add(
      { kind: name, title, task: { name, ...task }, needs, dataDir, outputs } as PlannedUnit<typeof name>,
    );
  }
}
