import type { Example, Split } from "../base/example.ts";
import type { AnyPixels } from "../base/pixels.ts";
import { dataProblem, Problem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { applyTransform } from "../data/apply_transform.ts";
import type { AugmentationWrapper } from "../data/prepare.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { readExamplePixels } from "../image/decode.ts";
import { type AppliedOperation, previewCells, type PreviewRow } from "./preview_page.ts";

/** Size of a preview. */
export interface PreviewSize {
  /** Number of images per row. */
  readonly images: number;
  /** Number of epochs, one row each. */
  readonly samples: number;
}

interface Picture {
  readonly id: string;
  readonly pixels: AnyPixels;
}

/** Picks readable images, evenly spaced over the examples. */
async function choosePictures(experiment: Experiment, images: number): Promise<Picture[]> {
  const examples = await experiment.examples("train");
  const { channels: { length: channels } } = await experiment.layout();
  const { max_pixels: maxPixels, depth } = experiment.config.data;
  const decoding = { channels, maxPixels, depth, decoders: experiment.decoders() };
  const pictures: Picture[] = [];
  for (const example of spreadOut(examples, images)) {
    if (pictures.length === images) break;
    try {
      pictures.push({ id: example.id, pixels: await readExamplePixels(example, decoding) });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
  if (pictures.length === 0) throw dataProblem("Cannot preview: no image can be decoded", "Look at data.dir");
  return pictures;
}

/** Orders every n-th example first, so that the first few represent the whole list. */
function spreadOut(examples: readonly Example[], few: number): Example[] {
  const step = Math.max(1, Math.floor(examples.length / few));
  return Array.from({ length: step }, (_, offset) => examples.filter((_, i) => i % step === offset)).flat();
}

/** Wraps augmentations to log the parameters that they sample. */
function record(log: AppliedOperation[]): AugmentationWrapper {
  return (name, operation) => ({
    ...operation,
    sample(random, pixels) {
      const sampled = operation.sample(random, pixels);
      if (sampled !== null) log.push({ name, sampled });
      return sampled;
    },
  });
}

/** The rows of one epoch, one per view. */
async function epochRows(
  experiment: Experiment,
  pictures: readonly Picture[],
  at: { split: Split; epoch: number },
): Promise<PreviewRow[]> {
  const log: AppliedOperation[] = [];
  const transform = await experiment.transform(at.split, record(log));
  const { channels: { length: channels } } = await experiment.layout();
  const columns = pictures.map(({ id, pixels }) => {
    log.length = 0;
    const values = applyTransform(
      transform,
      pixels,
      new Random(experiment.config.seed, at.epoch, id, "augmentation"),
    );
    return previewCells(values, transform, { channels, operations: [...log] });
  });
  const name = at.split === "train" ? `epoch ${at.epoch}` : "unaltered";
  return Array.from({ length: transform.views }, (_, view) => ({
    title: transform.views > 1 ? `${name}, view ${view}` : name,
    cells: columns.map((cells) => cells[view]!),
  }));
}

/**
 * The network's input images: first as in evaluation, then as in the first epochs of training, with exactly the random
 * augmentations of the training run.
 *
 * @throws a data problem when no image can be decoded
 */
export async function previewRows(
  experiment: Experiment,
  { images, samples }: PreviewSize,
): Promise<PreviewRow[]> {
  const pictures = await choosePictures(experiment, images);
  const rows = await epochRows(experiment, pictures, { split: "val", epoch: 0 });
  for (let epoch = 0; epoch < samples; epoch++) {
    rows.push(...await epochRows(experiment, pictures, { split: "train", epoch }));
  }
  return rows;
}
