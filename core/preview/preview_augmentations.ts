import { basename, join } from "@std/path";
import { writeFileAtomic } from "../base/files.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { encodePng } from "../image/encode.ts";
import { previewGrid, previewPage, type PreviewRow } from "./preview_page.ts";
import { previewRows, type PreviewSize } from "./preview_rows.ts";

/** Where a preview is written, and how much it shows: six pictures over six epochs when left out. */
export interface PreviewRequest extends Partial<PreviewSize> {
  /** Folder of the page and the picture; `results/preview` when left out. */
  readonly folder?: string;
}

/** The files of a preview and what they show. */
export interface Preview {
  readonly page: string;
  readonly picture: string;
  readonly rows: readonly PreviewRow[];
}

/**
 * Shows what an experiment's transform does to images: a page with the operations under each, and a picture.
 *
 * @throws a data problem when no image can be decoded
 */
export async function previewAugmentations(
  experiment: Experiment,
  { folder = join("results", "preview"), images = 6, samples = 6 }: PreviewRequest = {},
): Promise<Preview> {
  const rows = await previewRows(experiment, { images, samples });
  const stem = join(folder, basename(experiment.path).replace(/\.ya?ml$/, ""));
  const [page, picture] = [`${stem}.html`, `${stem}.png`];
  await writeFileAtomic(page, await previewPage(`Augmentations of ${experiment.path}`, rows));
  await writeFileAtomic(picture, await encodePng(previewGrid(rows)));
  return { page, picture, rows };
}
