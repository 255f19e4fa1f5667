import { readExamplePixels } from "../image/decode.ts";
import type { Example, Split } from "../base/example.ts";
import type { Pixels } from "../base/pixels.ts";
import type { Transform } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { dataProblem, Problem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { type AppliedOperation, previewCells, type PreviewRow, recordingContext } from "./preview_page.ts";

/** What a preview is made of. */
export interface PreviewRequest {
  readonly registry: Registry;
  readonly transform: { readonly name: string; readonly params: Readonly<Record<string, unknown>> };
  readonly examples: readonly Example[];
  readonly channels: number;
  readonly maxPixels: number;
  readonly seed: number;
  /** Pictures in a row. */
  readonly images: number;
  /** Epochs shown, one row each. */
  readonly samples: number;
}

interface Picture {
  readonly id: string;
  readonly pixels: Pixels;
}

/** Readable pictures spread evenly over the examples. */
async function choosePictures(request: PreviewRequest): Promise<Picture[]> {
  const { examples, images } = request;
  const step = Math.max(1, Math.floor(examples.length / images));
  const ordered = Array.from({ length: step }, (_, offset) => examples.filter((_, i) => i % step === offset))
    .flat();
  const pictures: Picture[] = [];
  for (const example of ordered) {
    if (pictures.length === images) break;
    try {
      pictures.push({ id: example.id, pixels: await readExamplePixels(example, request) });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
  if (pictures.length === 0) throw dataProblem("Cannot preview: no image can be decoded", "Look at data.dir");
  return pictures;
}

function makeRecorded(
  request: PreviewRequest,
  split: Split,
): { transform: Transform; log: AppliedOperation[] } {
  const { registry, channels } = request;
  const log: AppliedOperation[] = [];
  const context = recordingContext({
    split,
    channels,
    augmentation: (name, params) => registry.get("augmentations", name).create(params, {}),
  }, log);
  const { name, params } = request.transform;
  return { transform: registry.get("transforms", name).create(params, context), log };
}

/** The rows of one epoch: one, or one for each view. */
function epochRows(
  request: PreviewRequest,
  pictures: readonly Picture[],
  at: { split: Split; epoch: number },
): PreviewRow[] {
  const { transform, log } = makeRecorded(request, at.split);
  const columns = pictures.map(({ id, pixels }) => {
    log.length = 0;
    const values = transform.apply(pixels, new Random(request.seed, at.epoch, id, "augmentation"));
    return previewCells(values, transform, { channels: request.channels, operations: [...log] });
  });
  const name = at.split === "train" ? `epoch ${at.epoch}` : "unaltered";
  return Array.from({ length: transform.views }, (_, view) => ({
    title: transform.views > 1 ? `${name}, view ${view}` : name,
    cells: columns.map((cells) => cells[view]!),
  }));
}

/**
 * What the network sees: the pictures as in evaluation, then as in the first epochs of training, drawn exactly as the
 * training run draws them.
 *
 * @throws a data problem when no picture can be decoded
 */
export async function previewRows(request: PreviewRequest): Promise<PreviewRow[]> {
  const pictures = await choosePictures(request);
  const rows = epochRows(request, pictures, { split: "val", epoch: 0 });
  for (let epoch = 0; epoch < request.samples; epoch++) {
    rows.push(...epochRows(request, pictures, { split: "train", epoch }));
  }
  return rows;
}
