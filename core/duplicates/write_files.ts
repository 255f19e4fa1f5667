import { basename, join } from "@std/path";
import { writeChunksAtomic, writeFileAtomic } from "../base/files.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import type { Layout } from "../plugin/contracts.ts";
import { writeCsv } from "../formats/csv.ts";
import { formatIndices } from "../layout/labels.ts";
import type { DuplicateGroup, Duplicates } from "./group_duplicates.ts";
import type { LabelledPicture } from "./labelled_pictures.ts";
import { duplicateGallery, type GalleryOptions, leakGallery } from "./page/gallery.ts";
import { formatIds } from "./id_list.ts";
import { jsonChunks } from "../formats/json_chunks.ts";
import {
  type DuplicateFindings,
  duplicateReport,
  type LeakFindings,
  leakReport,
  type LeaksByHash,
} from "./report.ts";

/** The header of upstream's duplicates files. */
const DUPLICATES_HEADER = ["hash", "Ids", "Target"] as const;

/**
 * Rows of upstream's duplicates file: hash of the first member, ids, labels; pictures that are alone too. In the order of
 * the first members.
 */
function* duplicateRows({ hash, labelled, groups }: Duplicates): Generator<string[]> {
  const grouped = new Map<LabelledPicture, DuplicateGroup>();
  for (const group of groups) for (const member of group.members) grouped.set(member, group);
  for (const own of labelled) {
    const { members, labels } = grouped.get(own) ?? { members: [own], labels: own.row.labels };
    if (members[0] !== own) continue;
    const ids = formatIds(members.map(({ row }) => row.id));
    yield [own.picture.primary.hashes[hash]!, ids, formatIndices(labels)];
  }
}

function galleryOptions(
  { classes, channels, target }: Layout,
  { decoders }: { readonly decoders: readonly ImageDecoder[] },
): GalleryOptions {
  return { classes, channels, target, decoders };
}

/** Writes duplicates.<hash>.csv, duplicates.report.json and, where asked, the page of thumbnails. Returns the paths. */
export async function writeDuplicateFiles(
  layout: Layout,
  findings: DuplicateFindings,
  options: { readonly gallery: boolean; readonly decoders: readonly ImageDecoder[] },
): Promise<string[]> {
  const paths: string[] = [];
  for (const duplicates of findings.byHash) {
    const path = join(layout.dir, `duplicates.${duplicates.hash}.csv`);
    await writeCsv(path, DUPLICATES_HEADER, duplicateRows(duplicates));
    paths.push(path);
  }
  const report = join(layout.dir, "duplicates.report.json");
  await writeChunksAtomic(report, jsonChunks(duplicateReport(findings)));
  if (!options.gallery) return [...paths, report];
  const page = join(layout.dir, "duplicates.report.html");
  await writeFileAtomic(page, await duplicateGallery(findings, galleryOptions(layout, options)));
  return [...paths, report, page];
}

/** What the files of a search for leaks are called. */
interface LeakNames {
  /** Beginning of the file names. */
  readonly stem: string;
  /** Heading of the page. */
  readonly title: string;
}

function leakNames(split: string | undefined): LeakNames {
  if (split === undefined) return { stem: "data_leak", title: "Data leak" };
  const name = basename(split, ".csv");
  return { stem: `leak_inside.${name}`, title: `Val images of ${name} that look like train images` };
}

/** Rows of upstream's leak file; with sources also the ids that show the picture. */
function leakRows({ leaks }: LeaksByHash, withSources: boolean): string[][] {
  return leaks.map(({ picture, labels, sources }) => [
    picture.id,
    formatIndices(labels),
    ...(withSources ? [formatIds(sources.map(({ source }) => source.row.id))] : []),
  ]);
}

/**
 * Writes <stem>.<hash>.csv, <stem>.report.json and, where asked, the page of thumbnails. Returns the paths.
 *
 * @param options with `split` the files are named after it, and have the ids of the train pictures in a third column
 */
export async function writeLeakFiles(
  layout: Layout,
  findings: LeakFindings,
  options: {
    readonly gallery: boolean;
    readonly split: string | undefined;
    readonly decoders: readonly ImageDecoder[];
  },
): Promise<string[]> {
  const { stem, title } = leakNames(options.split), withSources = options.split !== undefined;
  const header = withSources ? ["Id", "Target", "Train"] : ["Id", "Target"];
  const paths: string[] = [];
  for (const found of findings.byHash) {
    const path = join(layout.dir, `${stem}.${found.hash}.csv`);
    await writeCsv(path, header, leakRows(found, withSources));
    paths.push(path);
  }
  const report = join(layout.dir, `${stem}.report.json`);
  await writeChunksAtomic(report, jsonChunks(leakReport(findings)));
  if (!options.gallery) return [...paths, report];
  const page = join(layout.dir, `${stem}.report.html`);
  await writeFileAtomic(page, await leakGallery(title, findings.byHash, galleryOptions(layout, options)));
  return [...paths, report, page];
}
