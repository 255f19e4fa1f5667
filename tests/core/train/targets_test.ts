import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { SilentOutput } from "../../../core/base/output.ts";
import { Problem } from "../../../core/base/problem.ts";
import type { Config } from "../../../core/config/schema.ts";
import type { Batch, Loader } from "../../../core/data/loader.ts";
import { bestCheckpoint, runFolder } from "../../../core/run_folder/run_folder.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import type { TrainOptions } from "../../../core/train/types.ts";
import { defineLoss } from "../../../core/plugin/define.ts";
import { tinyConfig, tinyOptions, tinyRegistry } from "./_tiny.ts";
import { inFolder } from "../../_in_folder.ts";

await tf.setBackend("cpu");

const squaredError = defineLoss({
  name: "squared_error",
  about: "Mean squared error of values",
  targets: ["value"],
  params: z.strictObject({}),
  create: () => ({
    activation: "identity",
    compute: (values, targets) => values.sub(targets).square().mean() as tf.Scalar,
  }),
});

/** The batches of a loader with the mean of each picture as the value to predict. */
function withValues(loader: Loader): Loader {
  async function* batches(epoch: number, start?: number): AsyncGenerator<Batch> {
    for await (const batch of loader.batches(epoch, start)) {
      const length = batch.images.length / batch.count;
      const mean = (row: number) =>
        batch.images.subarray(row * length, (row + 1) * length).reduce((sum, x) => sum + x, 0) / length;
      yield { ...batch, labels: Float32Array.from({ length: batch.count }, (_, row) => 3 * mean(row) + 2) };
    }
  }
  return { ...loader, batches };
}

async function valueOptions(config: Config): Promise<TrainOptions> {
  const registry = await tinyRegistry();
  registry.add(squaredError, "targets_test.ts");
  const layout = { classes: ["brightness"], target: "value" } as const;
  const options = await tinyOptions(config, {}, { registry, layout });
  const { train, val } = options.loaders!;
  return { ...options, loaders: { train: withValues(train), val: withValues(val) } };
}

const VALUES = { loss: { name: "squared_error" }, optimizer: { params: { lr: 0.05 } } };

describe("a value to predict", () => {
  it("is learned, scored by RMSE, and the lowest score is the best", () =>
    inFolder(async (dir) => {
      const config = tinyConfig(dir, {
        ...VALUES,
        train: { dir, batch_size: 4, num_epochs: 8, metric: "rmse" },
      });
      const { history, best } = await trainModel(await valueOptions(config));
      const scores = history.map(({ val }) => val.rmse as number);
      assert(scores.at(-1)! < 0.5 * scores[0]!, scores.join());
      assertEquals(best, { epoch: scores.indexOf(Math.min(...scores)), score: Math.min(...scores) });
      assertEquals((await bestCheckpoint(runFolder(dir)))!.epoch, best!.epoch);
      assertEquals(Object.keys(history[0]!.val), ["loss", "rmse"]);
      // RMSE over all validation pictures, by hand from the mean squared errors: one batch after the other.
      for (const { val } of history) assert(Math.abs(Math.sqrt(val.loss) - (val.rmse as number)) < 1e-5);
    }));

  it("lowers the rate and stops when the score no longer falls", () =>
    inFolder(async (dir) => {
      const scheduler = { name: "reduce_lr_on_plateau", params: { patience: 0, factor: 0.5, threshold: 0 } };
      const train = { dir, batch_size: 4, num_epochs: 30, metric: "rmse", early_stopping: 2 };
      const { history, best } = await trainModel(
        await valueOptions(
          tinyConfig(dir, { ...VALUES, optimizer: { params: { lr: 1 } }, scheduler, train }),
        ),
      );
      const scores = history.map(({ val }) => val.rmse as number);
      let expected = 1, lowest = Infinity;
      for (const [epoch, { learning_rate }] of history.entries()) {
        assertEquals(learning_rate, expected, `epoch ${epoch}`);
        if (scores[epoch]! < lowest) lowest = scores[epoch]!;
        else expected /= 2;
      }
      assert(
        history.length < 30 && history.length === best!.epoch + 3,
        `${history.length} after ${best!.epoch}`,
      );
    }));

  it("is refused by a loss and a metric of classes, with what fits", () =>
    inFolder(async (dir) => {
      const options = await valueOptions(tinyConfig(dir, { train: { dir, metric: "rmse" } }));
      const loss = await assertRejects(() => trainModel(options), Problem, '"binary_focal_loss"');
      assertStringIncludes(loss.next!, "squared_error");
      const classes = await valueOptions(tinyConfig(dir, VALUES));
      const metric = await assertRejects(() => trainModel(classes), Problem, 'train.metric "macro_f1"');
      assertStringIncludes(metric.next!, "mae, rmse");
      assertEquals([loss.exitCode, metric.exitCode], [2, 2]);
    }));
});

describe("train.metric", () => {
  it("chooses the best epoch by a loss that is to be low", () =>
    inFolder(async (dir) => {
      const config = tinyConfig(dir, { train: { dir, batch_size: 4, num_epochs: 5, metric: "log_loss" } });
      const { history, best } = await trainModel(await tinyOptions(config));
      const scores = history.map(({ val }) => val.log_loss as number);
      assertEquals(best!.score, Math.min(...scores));
    }));

  it("takes parameters, and its title tells them", () =>
    inFolder(async (dir) => {
      const lines: string[] = [];
      class Lines extends SilentOutput {
        override line(text = ""): void {
          lines.push(text);
        }
      }
      const best = new Map<number, number>();
      for (const k of [1, 2]) {
        const train = {
          dir: join(dir, String(k)),
          num_epochs: 4,
          metric: { name: "map_at_k", params: { k } },
        };
        const config = tinyConfig(dir, {
          loss: { name: "softmax_cross_entropy" },
          optimizer: { params: { lr: 0.03 } },
          train,
        });
        const result = await trainModel(await tinyOptions(config, {}, { output: new Lines() }));
        const scores = result.history.map(({ val }) => val.map_at_k as number);
        assertEquals(result.best, { epoch: scores.indexOf(Math.max(...scores)), score: Math.max(...scores) });
        assertEquals((await bestCheckpoint(runFolder(train.dir)))!.epoch, result.best!.epoch);
        // The first of a ranked list is right as often as the most probable class is.
        if (k === 1) assertEquals(scores, result.history.map(({ val }) => val.accuracy));
        assertStringIncludes(lines.at(-1)!, `MAP@${k} ${scores.at(-1)!.toFixed(4)}`);
        best.set(k, result.best!.epoch);
      }
      // The seed is one with which the second place decides.
      assertNotEquals(best.get(1), best.get(2));
    }));

  it("goes on where it is written in another way, not with other parameters", () =>
    inFolder(async (dir) => {
      const optionsOf = (num_epochs: number, metric: unknown) =>
        tinyOptions(tinyConfig(dir, { train: { dir, batch_size: 4, num_epochs, metric } }));
      await trainModel(await optionsOf(1, { name: "map_at_k" }));
      const { history } = await trainModel(await optionsOf(2, "map_at_k"));
      assertEquals(history.length, 2);
      const other = await optionsOf(3, { name: "map_at_k", params: { k: 1 } });
      const problem = await assertRejects(() => trainModel(other), Problem, "train.metric");
      assertEquals(problem.exitCode, 2);
      const first = await optionsOf(3, "macro_f1");
      await assertRejects(
        () => trainModel(first),
        Problem,
        'train.metric: "map_at_k" in the checkpoint, the default now',
      );
    }));

  it("may not change between a run and its resume", () =>
    inFolder(async (dir) => {
      const train = { dir, batch_size: 4, num_epochs: 2 };
      await trainModel({ ...await tinyOptions(tinyConfig(dir, { train })), stopAfter: 1 });
      const other = await tinyOptions(tinyConfig(dir, { train: { ...train, metric: "accuracy" } }));
      const problem = await assertRejects(() => trainModel(other), Problem, "train.metric");
      assertEquals(problem.exitCode, 2);
    }));
});
