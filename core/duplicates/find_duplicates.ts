import { checkWritable } from "../base/check_writable.ts";
import { type Output, SILENT } from "../base/output.ts";
import { surveyRecords } from "../scan/survey.ts";
import { type Duplicates, groupDuplicates } from "./group_duplicates.ts";
import type { Linkage } from "./groups.ts";
import { labelledPictures, measureCoverage } from "./labelled_pictures.ts";
import { openSearch, type Search, searchByHash } from "./open_search.ts";
import type { DuplicateFindings } from "./report.ts";
import { reportedSearch, SEARCH_DEFAULTS, type SearchSettings } from "./search_settings.ts";
import { writeDuplicateFiles } from "./write_files.ts";

/** How duplicates are searched for. */
export interface DuplicateSettings extends SearchSettings {
  /** `single`: pictures may chain together; `complete`: every two of a group lie within the radius. */
  readonly link: Linkage;
}

/** What counts where a program or a user says nothing else. */
export const DUPLICATE_DEFAULTS: DuplicateSettings = { ...SEARCH_DEFAULTS, link: "single" };

/** What is searched, and how; what is left out is as in `DUPLICATE_DEFAULTS`. */
export interface FindDuplicatesOptions extends Partial<DuplicateSettings> {
  /** Hears how far the work is; nobody when absent. */
  readonly output?: Output;
}

/** What was found, and where it was written. */
export interface FoundDuplicates extends DuplicateFindings {
  /** Paths of the files written: a CSV file for each hash, the report, the page of thumbnails. */
  readonly files: readonly string[];
}

async function groupByHash(search: Search, settings: DuplicateSettings): Promise<Duplicates[]> {
  const labelled = labelledPictures(search.pictures, search.labels);
  const { conflict, link: linkage } = settings;
  return await searchByHash(
    search,
    settings,
    (options) => groupDuplicates(labelled, { ...options, linkage, conflict }),
  );
}

/**
 * Finds train and external pictures that look alike, brings them into groups, and writes duplicates.<hash>.csv,
 * duplicates.report.json and duplicates.report.html into the data folder. Pictures without labels stay out of the groups
 * and are listed, as are those that cannot be read.
 *
 * @throws a config problem on a setting that cannot be used; a data problem on a folder without pictures, labels that
 * cannot be read, or a radius at which the hash hardly tells the pictures apart
 */
export async function findDuplicates(options: FindDuplicatesOptions = {}): Promise<FoundDuplicates> {
  const { output = SILENT, ...given } = options;
  const settings = { ...DUPLICATE_DEFAULTS, ...given };
  await checkWritable(settings.dataDir, "the data folder");
  const search = await openSearch(settings, { sources: ["train", "external"], output });
  const findings: DuplicateFindings = {
    settings: { ...reportedSearch(settings), link: settings.link },
    pictures: search.pictures.length,
    byHash: await groupByHash(search, settings),
    broken: search.broken,
    coverage: measureCoverage(search.images, search.labels),
    survey: surveyRecords(search.pictures.map(({ primary }) => primary)),
  };
  return {
    ...findings,
    files: await writeDuplicateFiles(search.layout, findings, { ...settings, decoders: search.decoders }),
  };
}
