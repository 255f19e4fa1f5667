// A long training in a process of its own, which tells now and then what it holds once garbage is collected:
// deno run --v8-flags=--expose-gc ... _long_training.ts <folder> <backend> <steps>
import * as tf from "@tensorflow/tfjs";
import { join } from "@std/path";
import type { Example } from "../../core/base/example.ts";
import { createLoader, type Loader } from "../../core/data/loader.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { trainModel } from "../../core/train/train_model.ts";
import { writeExamples } from "../core/data/_pictures.ts";
import { tinyConfig, tinyExperiment } from "../core/train/_tiny.ts";

/** What the process holds after an epoch, without garbage: V8 may leave 100 MB of that for thousands of steps. */
export interface Held {
  /** Steps so far. */
  readonly step: number;
  /** Resident memory in bytes. */
  readonly resident: number;
  /** Objects of JavaScript in bytes. */
  readonly heap: number;
  /** Open file descriptors. */
  readonly files: number;
  readonly tensors: number;
}

/** Batches of an epoch, and what is in each. */
const BATCHES = 20, BATCH_SIZE = 4, CHANNELS = 4, CLASSES = 3;
/** Readings of a long training. */
const READINGS = 60;

function openLoader(examples: readonly Example[], split: "train" | "val"): Promise<Loader> {
  return createLoader({
    examples,
    split,
    transform: { name: "default_transform", params: { size: 8 } },
    channels: CHANNELS,
    classes: CLASSES,
    target: "class_set",
    batchSize: BATCH_SIZE,
    shuffle: split === "train",
    seed: 0,
    workers: 1,
    onBroken: "fail",
    maxPixels: 1000,
  });
}

function heldAfter(step: number): Held {
  (globalThis as unknown as { gc(): void }).gc();
  const { rss: resident, heapUsed: heap } = Deno.memoryUsage();
  const files = [...Deno.readDirSync("/proc/self/fd")].length;
  return { step, resident, heap, files, tensors: tf.memory().numTensors };
}

async function train(folder: string, steps: number): Promise<Held[]> {
  const examples = await writeExamples(folder, BATCHES * BATCH_SIZE + 2 * BATCH_SIZE);
  const split = { train: examples.slice(2 * BATCH_SIZE), val: examples.slice(0, 2 * BATCH_SIZE) };
  const config = tinyConfig(join(folder, "run"), {
    train: { batch_size: BATCH_SIZE, num_epochs: Math.ceil(steps / BATCHES), ema: 0.99 },
    checkpoint: { every_steps: BATCHES / 2, keep: 3 },
  });
  const layout = { channels: ["red", "green", "blue", "yellow"] };
  const loaders = { train: await openLoader(split.train, "train"), val: await openLoader(split.val, "val") };
  const held: Held[] = [], between = Math.ceil(config.train.num_epochs / READINGS);
  await trainModel({
    experiment: await tinyExperiment(config, { layout }),
    examples: split,
    loaders,
    onEpoch({ epoch, step }) {
      if ((epoch + 1) % between === 0) held.push(heldAfter(step));
    },
  });
  loaders.train.close();
  loaders.val.close();
  return held;
}

if (import.meta.main) {
  const [folder, backend, steps] = Deno.args as [string, string, string];
  const backends = await loadPlugins([], ["backends"]);
  await backends.get("backends", backend).create({}, { threads: 1 }).start();
  const held = await train(folder, Number(steps));
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(held)));
  Deno.exit(0);
}
