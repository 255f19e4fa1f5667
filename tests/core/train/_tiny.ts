import { z } from "zod";
import * as tf from "@tensorflow/tfjs";
import { type Output, SILENT, SilentOutput } from "../../../core/base/output.ts";
import { type Config, configSchema } from "../../../core/config/schema.ts";
import { type Batch, epochOrder, type Loader } from "../../../core/data/loader.ts";
import { targetRows } from "../../../core/data/target_rows.ts";
import { NetworkBuilder } from "../../../core/nn/builder.ts";
import type { Example } from "../../../core/base/example.ts";
import { Experiment } from "../../../core/experiment/experiment.ts";
import type { Layout, ModelContext } from "../../../core/plugin/contracts.ts";
import { defineModel, type Plugin } from "../../../core/plugin/define.ts";
import { loadPlugins, type Registry } from "../../../core/plugin/registry.ts";
import { Random } from "../../../core/base/random.ts";
import type { TrainOptions } from "../../../core/train/types.ts";

/** Side of the pictures, their channels and classes. */
export const SIZE = 4, CHANNELS = 2, CLASSES = 3;

function build(
  { hidden, auxiliary }: { hidden: number; auxiliary: boolean },
  context: ModelContext,
): tf.LayersModel {
  const net = new NetworkBuilder(context.seed);
  const input = tf.input({ shape: [context.size, context.size, context.channels] });
  const x = net.norm(net.conv(input, "conv1", { filters: hidden, kernel: 3, padding: 1 }), "bn1", {
    activation: "relu",
  });
  const pooled = net.globalAveragePool(x, "avgpool");
  const logits = net.linear(pooled, "fc", { outputs: context.classes });
  const extra = auxiliary ? [net.linear(pooled, "aux", { outputs: context.classes })] : [];
  return tf.model({ inputs: input, outputs: [logits, ...extra] });
}

/** A convolution, a normalisation and a linear layer; with `auxiliary` a second head. */
export const tinyModel: Plugin<"models"> = defineModel({
  name: "tiny",
  about: "A network for tests",
  params: z.strictObject({
    hidden: z.int().default(4).describe("Filters"),
    auxiliary: z.boolean().default(false).describe("Whether there is a second head"),
  }),
  create: build,
});

/** Plugins of all kinds that training needs, with the tiny model. */
export async function tinyRegistry(): Promise<Registry> {
  const kinds = ["datasets", "losses", "metrics", "optimizers", "schedulers", "loggers", "backends"] as const;
  const registry = await loadPlugins([], kinds);
  registry.add(tinyModel, "_tiny.ts");
  return registry;
}

/** Examples without files, in which the first pixels tell the labels. */
export function tinyExamples(count: number, prefix = "id"): Example[] {
  return Array.from({ length: count }, (_, index) => {
    const random = new Random(7, prefix, index);
    const labels = [0, 1, 2].filter(() => random.next() < 0.4);
    return { id: `${prefix}${String(index).padStart(3, "0")}`, source: "train", files: [], labels };
  });
}

function picture(example: Example, epoch: number): Float32Array {
  const random = new Random(1, epoch, example.id);
  const pixels = Float32Array.from({ length: SIZE * SIZE * CHANNELS }, () => random.uniform(-1, 1));
  for (const label of example.labels!) for (let i = label; i < pixels.length; i += 5) pixels[i]! += 1.5;
  return pixels;
}

function makeBatch(examples: readonly Example[], epoch: number, index: number): Batch {
  const images = new Float32Array(examples.length * SIZE * SIZE * CHANNELS);
  for (const [row, example] of examples.entries()) {
    images.set(picture(example, epoch), row * SIZE * SIZE * CHANNELS);
  }
  const labels = targetRows(examples, { classes: CLASSES, target: "class_set" });
  const ids = examples.map(({ id }) => id);
  return { index, ids, images, labels, count: examples.length, views: 1, size: SIZE, channels: CHANNELS };
}

/** How a loader in memory behaves. */
export interface TinyLoaderOptions {
  readonly batchSize: number;
  readonly shuffle?: boolean;
  /** Milliseconds before each batch. */
  readonly delay?: number;
  /** Batches to pass over, as if all their images were broken. */
  readonly skip?: readonly number[];
}

/** A loader in memory. */
export function tinyLoader(examples: readonly Example[], options: TinyLoaderOptions): Loader {
  const { batchSize, shuffle = false, delay = 0, skip = [] } = options;
  const batchCount = Math.ceil(examples.length / batchSize);
  async function* batches(epoch: number, start = 0): AsyncGenerator<Batch> {
    const order = epochOrder(examples, { shuffle, seed: 3, epoch });
    for (let index = start; index < batchCount; index++) {
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      const chosen = order.slice(index * batchSize, (index + 1) * batchSize);
      if (!skip.includes(index)) yield makeBatch(chosen, shuffle ? epoch : 0, index);
    }
  }
  return { batchCount, views: 1, size: SIZE, batches, close: () => {} };
}

/** A config for the tiny model; `changes` are whole sections or keys of them. */
export function tinyConfig(dir: string, changes: Record<string, Record<string, unknown>> = {}): Config {
  const base: Record<string, Record<string, unknown>> = {
    model: { name: "tiny" },
    loss: { name: "binary_focal_loss" },
    optimizer: { name: "adam", params: { lr: 0.01 } },
    train: { dir, batch_size: 4, num_epochs: 3 },
    checkpoint: { every_steps: 2 },
  };
  for (const [section, values] of Object.entries(changes)) base[section] = { ...base[section], ...values };
  return configSchema.parse(base);
}

/** What a training of the tiny model is given beside its config. */
export interface TinyParts {
  readonly output?: Output;
  readonly registry?: Registry;
  readonly layout?: Partial<Layout>;
  /** Examples to train on; 18 of {@link tinyExamples} when left out. */
  readonly train?: readonly Example[];
}

/** The tiny model's experiment: three classes, two channels, no files. */
export async function tinyExperiment(config: Config, parts: TinyParts = {}): Promise<Experiment> {
  const { output = SILENT, registry = await tinyRegistry() } = parts;
  const given = { dir: ".", classes: ["a", "b", "c"], channels: ["red", "green"], target: "class_set" };
  const layout = { ...given, ...parts.layout } as Layout;
  return new Experiment({ path: "tiny.yml", config, registry, output, layout });
}

/** {@link tinyExamples} of which every other has soft targets. */
export function softTinyExamples(count: number): Example[] {
  return tinyExamples(count).map((example, index) => {
    const random = new Random(8, "soft", index);
    return index % 2 === 0
      ? example
      : { ...example, soft: Array.from({ length: CLASSES }, () => random.next()) };
  });
}

/** Training of the tiny model on 18 examples (5 batches of 4, the last of 2), validated on 7. */
export async function tinyOptions(
  config: Config,
  loader: Partial<TinyLoaderOptions> = {},
  parts: TinyParts = {},
): Promise<TrainOptions> {
  const examples = { train: parts.train ?? tinyExamples(18), val: tinyExamples(7, "val") };
  return {
    experiment: await tinyExperiment(config, parts),
    examples,
    loaders: {
      train: tinyLoader(examples.train, { batchSize: config.train.batch_size, shuffle: true, ...loader }),
      val: tinyLoader(examples.val, { batchSize: 3 }),
    },
  };
}

/** An abort signal that is as a test says at every look. */
export function signalOf(isAborted: () => boolean): AbortSignal {
  return {
    get aborted() {
      return isAborted();
    },
  } as AbortSignal;
}

/** Says nothing and keeps the warnings. */
export class Listener extends SilentOutput {
  readonly warnings: string[] = [];

  override warn(text: string): void {
    this.warnings.push(text);
  }
}
