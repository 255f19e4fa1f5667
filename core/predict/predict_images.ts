import type { Output } from "../base/output.ts";
import { dataProblem } from "../base/problem.ts";
import type { Batch, Loader } from "../data/loader.ts";
import { isExclusive } from "../nn/activate.ts";
import { joinNumbers } from "../predictions/join_numbers.ts";
import { type MergeRule, mergeViews } from "./merge_views.ts";
import { predictViews, type ViewPredictor } from "./predict_views.ts";
import type { Predictions } from "../predictions/predictions.ts";

/** What predicts images: a model, and how the views of an image become one. */
export interface ImagePredictor extends ViewPredictor {
  readonly merge: MergeRule;
  readonly output: Output;
}

/** Predictions of a loader's images, rows in its order. */
export interface PredictedImages extends Omit<Predictions, "path" | "probabilities"> {
  /** For each selection of views, the probabilities merged over them, `[ids, classes]`. */
  readonly merged: readonly Float64Array[];
  /** Number of views predicted over all images. */
  readonly viewsSeen: number;
}

/** Views that are merged, by index; null for all that are predicted. */
export type Selection = readonly number[] | null;

function checkNumbers(probabilities: Float64Array, id: string): void {
  if (!probabilities.some(Number.isNaN)) return;
  throw dataProblem(
    `Cannot predict "${id}": the model gives no number (NaN)`,
    "Use an earlier checkpoint; training diverged",
  );
}

function joinLabels(batches: readonly Batch["labels"][]): Predictions["labels"] {
  const parts = batches.filter((labels) => labels !== null);
  if (parts.length < batches.length) return null;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = parts[0] instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Merges the selected views of each image. */
class ViewMerger {
  readonly #rows: Float64Array[] = [];
  #views = 0;

  constructor(
    readonly parts: Pick<ImagePredictor, "classes" | "activation" | "merge">,
    readonly selection: Selection,
  ) {}

  #merge(images: readonly Float64Array[]): Float64Array[] {
    const { classes, activation, merge } = this.parts;
    return mergeViews(images, merge, {
      views: this.#views,
      classes,
      exclusive: isExclusive(activation),
    });
  }

  /** @param probabilities `[views, classes]` of an image */
  add(probabilities: Float64Array): void {
    const { parts: { classes, merge }, selection } = this;
    const chosen = selection === null ? probabilities : Float64Array.from(
      selection.flatMap((view) => [...probabilities.subarray(view * classes, (view + 1) * classes)]),
    );
    this.#views = chosen.length / classes;
    // Rank averaging needs all images at once; the other rules can merge image by image.
    this.#rows.push(merge === "rank" ? chosen : this.#merge([chosen])[0]!);
  }

  /** Probabilities of all images so far, `[images, classes]`. */
  finish(): Float64Array {
    return joinNumbers(this.parts.merge === "rank" ? this.#merge(this.#rows) : this.#rows);
  }
}

/**
 * Predicts all images of a loader, and merges the views of each image once for each selection.
 *
 * Throws a data problem that names the image on a NaN probability.
 */
export async function predictAll(
  predictor: ImagePredictor,
  loader: Loader,
  selections: readonly Selection[] = [null],
): Promise<PredictedImages> {
  const { classes } = predictor;
  const ids: string[] = [];
  const labels: Batch["labels"][] = [];
  const mergers = selections.map((selection) => new ViewMerger(predictor, selection));
  let viewsSeen = 0;
  const bar = predictor.output.progress("predict", loader.batchCount);
  for await (const batch of loader.batches(0)) {
    for (const [row, probabilities] of (await predictViews(predictor, batch)).entries()) {
      checkNumbers(probabilities, batch.ids[row]!);
      viewsSeen += probabilities.length / classes;
      for (const merger of mergers) merger.add(probabilities);
    }
    ids.push(...batch.ids);
    labels.push(batch.labels);
    bar.update(batch.index + 1);
  }
  bar.end();
  const merged = mergers.map((merger) => merger.finish());
  return { ids, classes, labels: joinLabels(labels), merged, viewsSeen };
}
