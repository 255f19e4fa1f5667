import * as tf from "@tensorflow/tfjs";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SILENT } from "../../../core/base/output.ts";
import { Random } from "../../../core/base/random.ts";
import type { Batch, Loader } from "../../../core/data/loader.ts";
import { activate } from "../../../core/nn/activate.ts";
import type { Loss, Model, ScoredPredictions } from "../../../core/plugin/contracts.ts";
import { applyModel } from "../../../core/train/backward_pass.ts";
import { evaluateModel } from "../../../core/train/evaluate.ts";
import { CHANNELS, CLASSES, SIZE, tinyConfig, tinyExperiment } from "./_tiny.ts";

const LENGTH = SIZE * SIZE * CHANNELS;

function batchOf(count: number, views: number, index: number): Batch {
  const random = new Random(index, "views");
  const images = Float32Array.from({ length: count * views * LENGTH }, () => random.uniform(-6, 6));
  const labels = new Uint8Array(count * CLASSES);
  for (let row = 0; row < count; row++) labels[row * CLASSES + random.integer(0, CLASSES - 1)] = 1;
  const ids = Array.from({ length: count }, (_, row) => `${index} ${row}`);
  return { index, ids, images, labels, count, views, size: SIZE, channels: CHANNELS };
}

function loaderOf(batches: readonly Batch[]): Loader {
  const { views } = batches[0]!;
  return {
    batchCount: batches.length,
    views,
    size: SIZE,
    async *batches() {
      yield* batches;
    },
    close: () => {},
  };
}

interface Expected {
  /** Mean prediction of each image's views. */
  readonly means: number[];
  /** Loss of each view. */
  readonly losses: number[];
  /** Share of right decisions of each image. */
  readonly right: number[];
}

/** What evaluation should find, from one view of one image at a time. */
function expectedOf({ images, labels, count, views }: Batch, model: Model, loss: Loss): Expected {
  const { activation } = loss, expected: Expected = { means: [], losses: [], right: [] };
  for (let row = 0; row < count; row++) {
    const target = [...labels!.subarray(row * CLASSES, (row + 1) * CLASSES)];
    const rows = Array.from({ length: views }, (_, view) => {
      const start = (row * views + view) * LENGTH;
      const one = tf.tensor4d(images.slice(start, start + LENGTH), [1, SIZE, SIZE, CHANNELS]);
      const logits = applyModel(model, one, false)[0]!;
      expected.losses.push(loss.compute(logits, tf.tensor2d(target, [1, CLASSES])).dataSync()[0]!);
      return activate(logits.dataSync(), { activation, classes: CLASSES });
    });
    const mean = target.map((_, c) => rows.reduce((sum, values) => sum + values[c]!, 0) / views);
    expected.means.push(...mean);
    const same = mean.filter((value, c) => (value > 0.5) === (target[c] === 1)).length / CLASSES;
    expected.right.push(activation === "softmax" ? target[mean.indexOf(Math.max(...mean))]! : same);
  }
  return expected;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe("evaluateModel", () => {
  for (
    const [name, target] of [["binary_focal_loss", "class_set"], ["softmax_cross_entropy", "class"]] as const
  ) {
    it(`scores the mean prediction of an image's views, and means the loss, with ${name}`, async () => {
      await tf.setBackend("cpu");
      const experiment = await tinyExperiment(tinyConfig("unused", { loss: { name } }), {
        layout: { target },
      });
      const loss = await experiment.loss(), model = await experiment.model(SIZE);
      const batches = [batchOf(4, 3, 0), batchOf(2, 3, 1)];
      const seen: ScoredPredictions[] = [];
      const score = (scored: ScoredPredictions) => seen.push(scored);
      const metric = { name: "own", title: "own", better: "higher" as const, score };
      const given = { classes: CLASSES, metric, output: SILENT };
      const result = (await evaluateModel({ model, loss }, loaderOf(batches), given))!;
      const expected = batches.map((batch) => expectedOf(batch, model, loss));
      const { rows, predictions, targets } = seen[0]!;
      assertEquals([rows, result.images, targets.length], [6, 6, 6 * CLASSES]);
      const means = expected.flatMap(({ means }) => means);
      for (const [i, value] of means.entries()) assertAlmostEquals(predictions[i]!, value, 1e-6);
      assertAlmostEquals(result.scores.loss, average(expected.flatMap(({ losses }) => losses)), 1e-5);
      assertAlmostEquals(result.scores.accuracy!, average(expected.flatMap(({ right }) => right)), 1e-9);
      model.dispose();
    });
  }
});
