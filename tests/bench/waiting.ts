import { join } from "@std/path";
import type { Output } from "../../core/base/output.ts";
import { startBackend } from "../../core/experiment/start_backend.ts";
import { type Config, configSchema } from "../../core/config/schema.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { Experiment } from "../../core/experiment/experiment.ts";
import type { Layout } from "../../core/plugin/contracts.ts";
import { trainModel } from "../../core/train/train_model.ts";
import { drawExamples } from "./drawn_pictures.ts";

const SIZE = 128, EPOCHS = 3;
/** How often each picture is in an epoch: of a short one the wait for its first batch would be the most. */
const REPEATS = 4;

/** Whether a training starves. */
export interface WaitResult {
  /** Who computes. */
  readonly line: string;
  /** Share of an epoch's training time in which no images were there, from the second epoch on. */
  readonly shares: readonly number[];
}

function makeConfig(batch: number): Config {
  return configSchema.parse({
    model: { name: "resnet34" },
    train: { dir: join("results", "bench", "waiting"), batch_size: batch, num_epochs: EPOCHS },
    checkpoint: { every_steps: 0, keep: 1 },
    loss: { name: "binary_focal_loss" },
    optimizer: { name: "adam", params: { lr: 5e-4 } },
    transform: {
      name: "policy_transform",
      num_preprocessor: 2,
      params: { size: SIZE, policies: join("data", "best_policy.data") },
    },
  });
}

/** Trains ResNet-34 from picture files with upstream's policy on the fastest backend, and prints what waited for images. */
export async function benchWaiting(batch: number, output: Output): Promise<WaitResult> {
  const drawn = await drawExamples(output);
  const examples = Array.from(
    { length: REPEATS },
    (_, repeat) => drawn.map((example) => ({ ...example, id: `${example.id}.${repeat}` })),
  ).flat();
  const config = makeConfig(batch);
  const registry = await loadPlugins();
  const line = await startBackend(registry, "auto", { threads: 0 });
  const all: number[] = [];
  const layout = {
    classes: Array.from({ length: 28 }, (_, label) => String(label)),
    channels: ["red", "green", "blue", "yellow"],
    target: "class_set",
  } as unknown as Layout;
  await trainModel({
    experiment: new Experiment({ path: "waiting", config, registry, output, layout }),
    examples: { train: examples, val: examples.slice(0, batch) },
    fresh: true,
    onEpoch: (_record, waiting) => all.push(waiting),
  });
  await Deno.remove(config.train.dir, { recursive: true });
  // The first epoch starts the workers and the backend.
  const shares = all.slice(1);
  const percent = shares.map((share) => `${(100 * share).toFixed(1)} %`).join(", ");
  output.line(`${line}: ResNet-34 at ${SIZE} px, batch ${batch}, waited for images ${percent} of an epoch`);
  output.line("goal: less than 5 %");
  return { line, shares };
}
