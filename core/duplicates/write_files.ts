import { join } from "@std/path";
import { writeChunksAtomic, writeFileAtomic } from "../base/files.ts";
import type { Layout } from "../plugin/contracts.ts";
import { writeCsv } from "../formats/csv.ts";
import { formatIndices } from "../layout/labels.ts";
import { duplicateRows, DUPLICATES_HEADER } from "./duplicates.ts";
import { duplicateGallery, leakGallery } from "./gallery.ts";
import { formatIds } from "./id_list.ts";
import { jsonChunks } from "../formats/json_chunks.ts";
import { type DuplicateFindings, duplicateReport, type LeaksByHash } from "./report.ts";

/** Writes duplicates.<hash>.csv, duplicates.report.json and, where asked, the page of thumbnails. Returns the paths. */
export async function writeDuplicateFiles(
  layout: Layout,
  findings: DuplicateFindings,
  options: { readonly gallery: boolean },
): Promise<string[]> {
  const paths: string[] = [];
  for (const duplicates of findings.all) {
    const path = join(layout.dir, `duplicates.${duplicates.hash}.csv`);
    await writeCsv(path, DUPLICATES_HEADER, duplicateRows(duplicates));
    paths.push(path);
  }
  const report = join(layout.dir, "duplicates.report.json");
  await writeChunksAtomic(report, jsonChunks(duplicateReport(findings)));
  if (!options.gallery) return [...paths, report];
  const page = join(layout.dir, "duplicates.report.html");
  await writeFileAtomic(page, await duplicateGallery(findings, layout));
  return [...paths, report, page];
}

/** Leaks with what the files say about them. */
export interface LeakFindings {
  readonly all: readonly LeaksByHash[];
  readonly report: unknown;
  /** Beginning of the file names. */
  readonly stem: string;
  readonly title: string;
  /** Whether the ids of the known pictures are written too, in a third column. */
  readonly withSources: boolean;
}

/** Rows of upstream's leak file; with sources also the ids that show the picture. */
function leakRows({ leaks }: LeaksByHash, withSources: boolean): string[][] {
  return leaks.map(({ picture, labels, sources }) => [
    picture.id,
    formatIndices(labels),
    ...(withSources ? [formatIds(sources.map(({ source }) => source.row.id))] : []),
  ]);
}

/** Writes <stem>.<hash>.csv, <stem>.report.json and, where asked, the page of thumbnails. Returns the paths. */
export async function writeLeakFiles(
  layout: Layout,
  findings: LeakFindings,
  options: { readonly gallery: boolean },
): Promise<string[]> {
  const { stem, withSources } = findings;
  const header = withSources ? ["Id", "Target", "Train"] : ["Id", "Target"];
  const paths: string[] = [];
  for (const found of findings.all) {
    const path = join(layout.dir, `${stem}.${found.hash}.csv`);
    await writeCsv(path, header, leakRows(found, withSources));
    paths.push(path);
  }
  const report = join(layout.dir, `${stem}.report.json`);
  await writeChunksAtomic(report, jsonChunks(findings.report));
  if (!options.gallery) return [...paths, report];
  const page = join(layout.dir, `${stem}.report.html`);
  await writeFileAtomic(page, await leakGallery(findings.title, findings.all, layout));
  return [...paths, report, page];
}
