import * as tf from "@tensorflow/tfjs";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SILENT } from "../../../core/base/output.ts";
import { Random } from "../../../core/base/random.ts";
import type { Batch, Loader } from "../../../core/data/loader.ts";
import { activate } from "../../../core/nn/activate.ts";
import type { ScoredPredictions } from "../../../core/plugin/contracts.ts";
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
    // deno-lint-ignore require-await
    async *batches() {
      yield* batches;
    },
    close: () => {},
  };
}

for (const lossName of ["binary_focal_loss", "softmax_cross_entropy"] as const) {
  describe(`evaluateModel with ${lossName}`, () => {
    it("scores the mean prediction of an image's views, and means the loss over the views", async () => {
      await tf.setBackend("cpu");
      const experiment = await tinyExperiment(tinyConfig("unused", { loss: { name: lossName } }), {
        layout: { target: lossName === "softmax_cross_entropy" ? "class" : "class_set" },
      });
      const loss = await experiment.loss(), model = await experiment.model(SIZE), views = 3;
      const batches = [batchOf(4, views, 0), batchOf(2, views, 1)];
      let seen: ScoredPredictions | null = null;
      const metric = {
        name: "own",
        title: "own",
        better: "higher" as const,
        score(scored: ScoredPredictions) {
          seen = scored;
          return 0.5;
        },
      };
      const given = { classes: CLASSES, metric, output: SILENT };
      const result = (await evaluateModel({ model, loss }, loaderOf(batches), given))!;
      const { activation } = loss, expected: number[] = [], losses: number[] = [];
      let right = 0;
      for (const { images, labels, count } of batches) {
        for (let row = 0; row < count; row++) {
          const target = [...labels!.subarray(row * CLASSES, (row + 1) * CLASSES)];
          const rows = Array.from({ length: views }, (_, view) => {
            const start = (row * views + view) * LENGTH;
            const one = tf.tensor4d(images.slice(start, start + LENGTH), [1, SIZE, SIZE, CHANNELS]);
            const logits = applyModel(model, one, false)[0]!;
            losses.push(loss.compute(logits, tf.tensor2d(target, [1, CLASSES])).dataSync()[0]!);
            return activate(logits.dataSync(), { activation, classes: CLASSES });
          });
          const mean = target.map((_, c) => rows.reduce((sum, values) => sum + values[c]!, 0) / views);
          expected.push(...mean);
          right += activation === "softmax"
            ? target[mean.indexOf(Math.max(...mean))]!
            : mean.filter((value, c) => (value > 0.5) === (target[c] === 1)).length / CLASSES;
        }
      }
      const { rows, predictions, targets } = seen! as ScoredPredictions;
      assertEquals([rows, result.images, targets.length], [6, 6, 6 * CLASSES]);
      for (const [i, value] of expected.entries()) assertAlmostEquals(predictions[i]!, value, 1e-6);
      assertAlmostEquals(result.scores.loss, losses.reduce((a, b) => a + b) / losses.length, 1e-5);
      assertAlmostEquals(result.scores.accuracy!, right / 6, 1e-9);
      model.dispose();
    });
  });
}
