import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { basename, join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import type { Config } from "../../../core/config/schema.ts";
import { listFiles } from "../../../core/base/files.ts";
import { batchNorms } from "../../../core/nn/named_variables.ts";
import { SILENT } from "../../../core/base/output.ts";
import { Problem } from "../../../core/base/problem.ts";
import { averageRun, type AveragingRequest } from "../../../core/average/average_weights.ts";
import { averageCheckpoints, estimateStatistics } from "../../../core/average/average_checkpoints.ts";
import { loadWeights } from "../../../core/run_folder/checkpoint.ts";
import { createModel } from "../../../core/experiment/create_model.ts";
import { defineMetric } from "../../../core/plugin/define.ts";
import { applyModel, batchTensors } from "../../../core/train/backward_pass.ts";
import { evaluateModel } from "../../../core/train/evaluate.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import { decodeNumbers } from "../../../core/weights/decode_numbers.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import {
  CHANNELS,
  CLASSES,
  SIZE,
  tinyConfig,
  tinyExamples,
  tinyExperiment,
  tinyLoader,
  tinyOptions,
  tinyRegistry,
} from "../train/_tiny.ts";

await tf.setBackend("cpu");
const SHAPE = { classes: CLASSES, channels: CHANNELS, size: SIZE };

async function inTrainedFolder(
  epochs: number,
  body: (dir: string, config: Config) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const config = tinyConfig(dir, { train: { num_epochs: epochs } });
    await trainModel(await tinyOptions(config));
    await body(dir, config);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function weight(path: string, name: string): Promise<Float32Array> {
  return decodeNumbers(readSafetensors(await Deno.readFile(path)).tensors.get(name)!)!;
}

const statistics = tinyLoader(tinyExamples(18), { batchSize: 4 });
const validation = tinyLoader(tinyExamples(7, "val"), { batchSize: 3 });

async function average(config: Config, request: Partial<AveragingRequest> = {}) {
  return await averageRun(await tinyExperiment(config), { statistics, validation: null }, request);
}

async function soup(config: Config, request: Partial<AveragingRequest> = {}) {
  const averaged = await averageRun(await tinyExperiment(config), { statistics, validation }, request);
  return { ...averaged, greedy: averaged.greedy! };
}

/** The validation score of a file's weights. */
async function scoreOf(config: Config, path: string): Promise<number> {
  const experiment = await tinyExperiment(config);
  const model = createModel(config, await tinyRegistry(), SHAPE);
  await loadWeights(model, path);
  const options = { classes: CLASSES, metric: await experiment.metric(), output: SILENT };
  const { score } = (await evaluateModel({ model, loss: await experiment.loss() }, validation, options))!;
  model.dispose();
  return score;
}

describe("averageRun()", () => {
  it("writes the mean of the parameters under upstream's name, the same bytes each time", () =>
    inTrainedFolder(4, async (dir, config) => {
      const { path, checkpoints } = await average(config, { count: 3 });
      assertEquals(basename(path), "swa.3.003.safetensors");
      assertEquals(checkpoints, [
        "epoch_0001.safetensors",
        "epoch_0002.safetensors",
        "epoch_0003.safetensors",
      ]);
      const mean = await weight(path, "fc.weight");
      const parts: Float32Array[] = [];
      for (const name of checkpoints) parts.push(await weight(join(dir, "checkpoint", name), "fc.weight"));
      mean.forEach((value, i) =>
        assertAlmostEquals(value, (parts[0]![i]! + parts[1]![i]! + parts[2]![i]!) / 3, 1e-6)
      );
      const bytes = await Deno.readFile(path);
      await average(config, { count: 3 });
      assertEquals(await Deno.readFile(path), bytes);
    }));

  it("takes the checkpoints up to --epoch_end", () =>
    inTrainedFolder(4, async (_dir, config) => {
      const { path, checkpoints } = await average(config, { count: 2, epochEnd: 2 });
      assertEquals(basename(path), "swa.2.002.safetensors");
      assertEquals(checkpoints, ["epoch_0001.safetensors", "epoch_0002.safetensors"]);
    }));

  it("says which epochs there are when none fits, and writes nothing", () =>
    inTrainedFolder(2, async (dir, config) => {
      const before = await listFiles(join(dir, "checkpoint"));
      const problem = await assertRejects(
        () => average(config, { count: 2, epochEnd: 40 }),
        Problem,
        "epochs 0 to 1",
      );
      assertEquals(problem.exitCode, 3);
      assertEquals(await listFiles(join(dir, "checkpoint")), before);
    }));

  it("leaves no tensor behind", () =>
    inTrainedFolder(2, async (_dir, config) => {
      const before = tf.memory().numTensors;
      await average(config);
      assertEquals(tf.memory().numTensors, before);
    }));

  it("refuses a truncated checkpoint and one of another architecture, naming the file", () =>
    inTrainedFolder(2, async (dir) => {
      const path = join(dir, "checkpoint", "epoch_0000.safetensors");
      const model = createModel(
        tinyConfig(dir, { model: { params: { hidden: 8 } } }),
        await tinyRegistry(),
        SHAPE,
      );
      const other = await assertRejects(() => averageCheckpoints(model, [path]), Problem, path);
      assert(other.message.includes("conv1.weight"), other.message);
      await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 200));
      const cut = await assertRejects(() => averageCheckpoints(model, [path]), Problem, path);
      assertEquals([other.exitCode, cut.exitCode], [3, 3]);
    }));
});

describe("averageRun() with a validation loader", () => {
  it("writes the greedy soup with the score that it says, the same bytes each time", () =>
    inTrainedFolder(6, async (dir, config) => {
      const { path, checkpoints, greedy } = await soup(config, { count: 6 });
      assertEquals(basename(path), "swa_greedy.6.005.safetensors");
      assertEquals(await scoreOf(config, path), greedy.score);
      assertEquals(greedy.tried.length, 6);
      for (const { checkpoint, alone } of greedy.tried) {
        assertEquals(await scoreOf(config, join(dir, "checkpoint", checkpoint)), alone);
        assert(greedy.score >= alone);
      }
      const kept = greedy.tried.filter(({ kept }) => kept).map(({ checkpoint }) => checkpoint);
      assertEquals(checkpoints, kept.toSorted());
      const bytes = await Deno.readFile(path);
      const { metadata } = readSafetensors(bytes);
      assertEquals(JSON.parse(metadata.get("metrics")!), { averaged: checkpoints, greedy });
      await soup(config, { count: 6 });
      assertEquals(await Deno.readFile(path), bytes);
    }));

  it("equals the plain average where all are kept, the checkpoint itself where one is", () =>
    inTrainedFolder(2, async (dir, config) => {
      const constant = { ...config, train: { ...config.train, metric: "constant" } };
      const registry = await tinyRegistry();
      registry.add(
        defineMetric({
          ...{ name: "constant", title: "constant", better: "lower", about: "1", params: z.strictObject({}) },
          create: () => ({ score: () => 1 }),
        }),
        "_constant.ts",
      );
      const experiment = await tinyExperiment(constant, { registry });
      const all = await averageRun(experiment, { statistics, validation });
      const plain = await average(config);
      const single = await averageRun(experiment, { statistics, validation }, { count: 1, epochEnd: 0 });
      const tensors = async (file: string) => readSafetensors(await Deno.readFile(file)).tensors;
      assertEquals(await tensors(all.path), await tensors(plain.path));
      assertEquals(
        await tensors(single.path),
        await tensors(join(dir, "checkpoint", "epoch_0000.safetensors")),
      );
    }));

  it("tries the best epoch too where its epoch file is gone", () =>
    inTrainedFolder(4, async (dir, config) => {
      const folder = join(dir, "checkpoint"), best = "best_0001.safetensors";
      for (const name of await listFiles(folder)) {
        if (name.startsWith("best_")) await Deno.remove(join(folder, name));
      }
      await Deno.rename(join(folder, "epoch_0001.safetensors"), join(folder, best));
      const tried = async (epochEnd: number) =>
        (await soup(config, { count: 1, epochEnd })).greedy.tried.map(({ checkpoint }) => checkpoint)
          .toSorted();
      assertEquals(await tried(0), ["epoch_0000.safetensors"]);
      for (const last of [2, 3]) assertEquals(await tried(last), [best, `epoch_000${last}.safetensors`]);
    }));

  it("leaves no tensor behind", () =>
    inTrainedFolder(3, async (_dir, config) => {
      const before = tf.memory().numTensors;
      await soup(config);
      assertEquals(tf.memory().numTensors, before);
    }));
});

describe("estimateStatistics()", () => {
  it("gives the mean of the batches' statistics, each image counted alike, whatever was there before", () =>
    inTrainedFolder(1, async (dir, config) => {
      const model = createModel(config, await tinyRegistry(), SHAPE);
      await loadWeights(model, join(dir, "checkpoint", "epoch_0000.safetensors"));
      const norm = batchNorms(model).get("bn1")!;
      const expected = { mean: new Float64Array(4), variance: new Float64Array(4) };
      norm.momentum = 1;
      for await (const batch of statistics.batches(0)) {
        tf.tidy(() => void applyModel(model, batchTensors(batch).images, { training: true }));
        norm.runningMean.dataSync().forEach((value, i) => expected.mean[i]! += value * batch.count / 18);
        norm.runningVar.dataSync().forEach((value, i) => expected.variance[i]! += value * batch.count / 18);
      }
      norm.momentum = 0.1;
      await estimateStatistics(model, statistics, SILENT);
      norm.runningMean.dataSync().forEach((value, i) => assertAlmostEquals(value, expected.mean[i]!, 1e-5));
      norm.runningVar.dataSync().forEach((value, i) =>
        assertAlmostEquals(value, expected.variance[i]!, 1e-5)
      );
      assertEquals(norm.momentum, 0.1);
    }));
});
