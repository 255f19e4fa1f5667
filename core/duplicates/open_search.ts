import type { ImageFiles, Source } from "../base/example.ts";
import type { Output } from "../base/output.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { openLayout } from "../layout/open_layout.ts";
import type { Layout } from "../plugin/contracts.ts";
import { openDecoders } from "../plugin/open_decoders.ts";
import { loadPlugins } from "../plugin/registry.ts";
import type { BrokenImage } from "../scan/record.ts";
import { cachePath, namedHashes, scanLayout } from "../scan/scan_layout.ts";
import { checkConflictPolicy } from "./conflicts.ts";
import { Confirmer } from "./confirmer.ts";
import { LabelIndex } from "./labelled_pictures.ts";
import type { LinkOptions } from "./links.ts";
import { PairMemory } from "./pair_memory.ts";
import { collectPictures, type Picture } from "./pictures.ts";
import { checkRadius, leastTier, type SearchSettings } from "./search_settings.ts";

/** The data that is searched: hashed pictures and what their labels are. */
export interface Search {
  readonly layout: Layout;
  readonly labels: LabelIndex;
  /** Names of the hashes, in the order asked for. */
  readonly hashes: readonly string[];
  /** Everything on disk, readable or not. */
  readonly images: readonly ImageFiles[];
  /** What could be read. */
  readonly pictures: readonly Picture[];
  readonly broken: readonly BrokenImage[];
  /** Decoders of further formats. */
  readonly decoders: readonly ImageDecoder[];
  readonly output: Output;
}

/**
 * Opens the layout, reads its labels and hashes its pictures.
 *
 * @throws a config problem on a wrong radius, an unknown layout or hash; a data problem on labels that cannot be used or a
 * folder without pictures
 */
export async function openSearch(
  settings: SearchSettings,
  { sources, output }: { readonly sources: readonly Source[]; readonly output: Output },
): Promise<Search> {
  checkRadius(settings);
  const registry = await loadPlugins([], ["layouts", "hashes", "decoders"]);
  const { dataDir, layout: name, layoutParams: params, merge } = settings;
  const layout = await openLayout(registry, dataDir, { name, params });
  checkConflictPolicy(settings.conflict, layout.target);
  const labels = new LabelIndex(await layout.readLabels());
  const hashes = namedHashes(registry, settings);
  const decoders = openDecoders(registry);
  const scanning = { sources, hashes, output, settings, decoders, merge };
  const { records, broken, images } = await scanLayout(layout, scanning);
  const pictures = collectPictures(records, broken, layout.hashChannel);
  const names = hashes.map(({ name }) => name);
  return { layout, labels, hashes: names, images, pictures, broken, decoders, output };
}

/**
 * Searches by each hash in turn. One confirmer serves all, so that a picture is decoded once; what it learns is kept beside
 * the data when the settings ask for a cache.
 */
export async function searchByHash<Found>(
  { hashes, layout, decoders, output }: Search,
  settings: SearchSettings,
  find: (options: LinkOptions) => Promise<Found>,
): Promise<Found[]> {
  const { radius, minCorrelation, maxPixels, cache } = settings;
  const memory = new PairMemory(cache ? cachePath(layout.dir) : null, (text) => output.warn(text));
  const confirmer = new Confirmer({ minCorrelation, maxPixels, decoders, memory });
  const found: Found[] = [];
  try {
    for (const hash of hashes) {
      found.push(await find({ hash, radius, leastTier: leastTier(settings), confirmer }));
    }
  } finally {
    memory.close();
  }
  return found;
}
