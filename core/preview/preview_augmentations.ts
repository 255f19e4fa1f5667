import { basename, join } from "@std/path";
import { checkWritable } from "../base/check_writable.ts";
import { writeFileAtomic } from "../base/files.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { encodePng } from "../image/encode.ts";
import { previewGrid, previewPage, type PreviewRow } from "./preview_page.ts";
import { previewRows, type PreviewSize } from "./preview_rows.ts";

/** Options of {@link previewAugmentations}; by default six images over six epochs. */
export interface PreviewRequest extends Partial<PreviewSize> {
  /** Output folder; `results/preview` when left out. */
  readonly folder?: string;
}

/** Result of {@link previewAugmentations}: the files written and their content. */
export interface Preview {
  readonly page: string;
  readonly picture: string;
  readonly rows: readonly PreviewRow[];
}

/**
 * Renders the output of an experiment's transform on example images: an HTML page that lists the applied operations
 * below each image, and an image grid.
 *
 * @throws a data problem when no image can be decoded
 */
export async function previewAugmentations(
  experiment: Experiment,
  { folder = join("results", "preview"), images = 6, samples = 6 }: PreviewRequest = {},
): Promise<Preview> {
  await checkWritable(folder, "the preview folder");
  const rows = await previewRows(experiment, { images, samples });
  const stem = join(folder, basename(experiment.path).replace(/\.ya?ml$/, ""));
  const [page, picture] = [`${stem}.html`, `${stem}.png`];
  await writeFileAtomic(page, await previewPage(`Augmentations of ${experiment.path}`, rows));
  await writeFileAtomic(picture, await encodePng(previewGrid(rows)));
  return { page, picture, rows };
}
