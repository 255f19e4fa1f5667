import * as tf from "@tensorflow/tfjs";
import type { Activation } from "../nn/activate.ts";
import type { OpenedModel } from "../predict/open_model.ts";
import { classMaps } from "./class_maps.ts";
import { type HeatMap, normalizeMap, resizeMap } from "./heat_map.ts";

/** A heat map over one of the views that a transform gives of an image. */
export interface ViewHeatMap extends HeatMap {
  /** The view, from 0: the one with the highest logit of the class. Always 0 for a transform with one view. */
  readonly view: number;
}

/** Views of several images: `[images * views, size, size, channels]`, as a batch has them. */
interface Views {
  readonly images: Float32Array;
  readonly views: number;
  /** For each image, the class that is explained. */
  readonly classes: readonly number[];
}

/**
 * The model's output that tells of a class. With grades as cumulative logits, output k is that of "at least grade k", and
 * the lowest grade has none: output 1 then shows what speaks against it. With a point on the scale, there is output 0 alone.
 */
function outputOf(index: number, activation: Activation): number {
  if (activation === "grade") return 0;
  return activation === "cumulative" ? Math.max(1, index) : index;
}

/** For each image, the heat map of its class over the view that shows most of it, resized to the view. */
export async function explainViews(
  { model, transform: { size }, layout, loss: { activation } }: OpenedModel,
  { images, views, classes }: Views,
): Promise<ViewHeatMap[]> {
  const rows = classes.length * views;
  const outputs = classes.map((index) => outputOf(index, activation));
  const targets = Array.from({ length: rows }, (_, row) => [outputs[Math.floor(row / views)]!]);
  const input = tf.tensor4d(images, [rows, size, size, layout.channels.length]);
  try {
    const { logits, maps } = await classMaps(model, input, targets);
    const width = logits.length / rows;
    return outputs.map((output, image) => {
      const scores = Array.from(
        { length: views },
        (_, view) => logits[(image * views + view) * width + output]!,
      );
      const view = scores.indexOf(Math.max(...scores));
      const map = maps[image * views + view]![0]!;
      return { ...normalizeMap(resizeMap(map, { rows: size, cols: size })), view };
    });
  } finally {
    input.dispose();
  }
}
