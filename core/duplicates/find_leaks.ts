import { checkWritable } from "../base/check_writable.ts";
import type { Source } from "../base/example.ts";
import { type Output, SILENT } from "../base/output.ts";
import { readSplitIds } from "../layout/examples.ts";
import { type LabelledPicture, labelledPictures } from "./labelled_pictures.ts";
import { linkLeaks } from "./link_leaks.ts";
import { openSearch, type Search, searchByHash } from "./open_search.ts";
import type { Picture } from "./pictures.ts";
import type { LeakFindings, LeaksByHash } from "./report.ts";
import { reportedSearch, SEARCH_DEFAULTS, type SearchSettings } from "./search_settings.ts";
import { writeLeakFiles } from "./write_files.ts";

/** What is searched, and how; what is left out is as in `SEARCH_DEFAULTS`. */
export interface FindLeaksOptions extends Partial<SearchSettings> {
  /** A split file: its val pictures are looked for among its train pictures, instead of test among all labelled ones. */
  readonly split?: string;
  /** Hears how far the work is; nobody when absent. */
  readonly output?: Output;
}

/** What was found, and where it was written. */
export interface FoundLeaks extends LeakFindings {
  /** Paths of the files written: a CSV file for each hash, the report, the page of thumbnails. */
  readonly files: readonly string[];
}

/** The pictures whose labels should not be known, and those whose labels are. */
interface Sides {
  readonly hidden: readonly Picture[];
  readonly known: readonly LabelledPicture[];
}

function testSides({ pictures, labels }: Search): Sides {
  const known = pictures.filter(({ source }) => source !== "test");
  return {
    hidden: pictures.filter(({ source }) => source === "test"),
    known: labelledPictures(known, labels),
  };
}

async function splitSides(
  { pictures, labels }: Search,
  { split, output }: { split: string; output: Output },
): Promise<Sides> {
  const { val, train } = await readSplitIds(split, { warn: (message) => output.warn(message) });
  const labelled = labelledPictures(pictures, labels);
  return {
    hidden: labelled.filter(({ picture }) => val.has(picture.id)).map(({ picture }) => picture),
    known: labelled.filter(({ picture }) => train.has(picture.id)),
  };
}

/** Where the pictures that a search for leaks compares are: test is left out inside a split. */
export function leakSources(split: string | undefined): readonly Source[] {
  return split === undefined ? ["train", "external", "test"] : ["train", "external"];
}

/**
 * Finds test pictures that look like labelled ones, so that their labels are known, and writes data_leak.<hash>.csv,
 * data_leak.report.json and data_leak.report.html into the data folder. With `split` it finds val pictures that look like
 * train pictures of that split, in files leak_inside.<name of the split file>.*.
 *
 * @throws a config problem on a setting that cannot be used; a data problem on a folder without pictures, labels or a
 * split file that cannot be read, or a radius at which the hash hardly tells the pictures apart
 */
export async function findLeaks(options: FindLeaksOptions = {}): Promise<FoundLeaks> {
  const { output = SILENT, split, ...given } = options;
  const settings = { ...SEARCH_DEFAULTS, ...given };
  await checkWritable(settings.dataDir, "the data folder");
  const search = await openSearch(settings, { sources: leakSources(split), output });
  const { hidden, known } = split === undefined
    ? testSides(search)
    : await splitSides(search, { split, output });
  const { conflict } = settings;
  const byHash = await searchByHash(search, settings, async (options): Promise<LeaksByHash> => ({
    hash: options.hash,
    ...await linkLeaks(hidden, known, { ...options, conflict }),
  }));
  const findings: LeakFindings = {
    settings: { ...reportedSearch(settings), ...(split === undefined ? {} : { split }) },
    byHash,
    broken: search.broken,
  };
  const files = await writeLeakFiles(search.layout, findings, {
    gallery: settings.gallery,
    split,
    decoders: search.decoders,
  });
  return { ...findings, files };
}
