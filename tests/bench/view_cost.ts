import { plainForward } from "../../core/predict/folded_forward.ts";
import { type Output, SILENT } from "../../core/base/output.ts";
import { startBackend } from "../../core/experiment/start_backend.ts";
import { createLoader } from "../../core/data/loader.ts";
import { disposeFolded, foldBatchNorms } from "../../core/nn/fold.ts";
import type { Example } from "../../core/base/example.ts";
import type { Model } from "../../core/plugin/contracts.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { predictAll } from "../../core/predict/predict_images.ts";
import { createModel } from "../../core/experiment/create_model.ts";
import { drawExamples } from "./drawn_pictures.ts";
import type { BenchOptions } from "./options.ts";

const SIZE = 128, CHANNELS = 4, CLASSES = 28, PICTURES = 32, ROUNDS = 3;

/** What eight views cost against one. */
export interface ViewCost {
  /** Who computes. */
  readonly line: string;
  /** Seconds for all pictures: the best round with one view and with eight. */
  readonly one: number;
  readonly eight: number;
}

interface Way {
  readonly model: Model;
  readonly examples: readonly Example[];
  readonly views: 1 | 8;
  readonly batch: number;
}

/** Seconds to predict all pictures from their files; the workers are warm. */
async function predictSeconds({ model, examples, views, batch }: Way): Promise<number> {
  const loader = await createLoader({
    examples,
    transform: { name: "default_transform", params: { size: SIZE } },
    views: { orientations: views },
    split: "val",
    channels: CHANNELS,
    classes: CLASSES,
    target: "class_set",
    batchSize: Math.max(1, Math.floor(batch / views)),
    shuffle: false,
    seed: 1,
    workers: 2,
    onBroken: "fail",
    maxPixels: 2 ** 20,
  });
  await Array.fromAsync(loader.batches(0));
  const output = SILENT;
  const start = performance.now();
  await predictAll({
    forward: plainForward(model),
    classes: CLASSES,
    activation: "sigmoid",
    merge: "mean",
    output,
  }, loader);
  const seconds = (performance.now() - start) / 1000;
  loader.close();
  return seconds;
}

/** Predicts pictures from their files with one view and with eight, in turns, on the fastest backend. */
export async function benchViewCost(
  { batch, rounds }: Pick<BenchOptions, "batch" | "rounds">,
  output: Output,
): Promise<ViewCost> {
  const examples = (await drawExamples(output)).slice(0, PICTURES);
  const registry = await loadPlugins();
  const line = await startBackend(registry, "auto", { threads: 0 });
  const shape = { classes: CLASSES, channels: CHANNELS, size: SIZE };
  const whole = createModel({ model: { name: "resnet34", params: {} }, seed: 1 }, registry, shape);
  const model = foldBatchNorms(whole);
  const best = { 1: Infinity, 8: Infinity };
  // The first round warms up.
  for (let round = 0; round <= Math.min(rounds, ROUNDS); round++) {
    for (const views of [1, 8] as const) {
      const seconds = await predictSeconds({ model, examples, views, batch });
      if (round > 0) best[views] = Math.min(best[views], seconds);
    }
  }
  disposeFolded(model);
  whole.dispose();
  const [one, eight] = [best[1], best[8]];
  output.line(`${line}: ${PICTURES} pictures from their files, ResNet-34 at ${SIZE} px`);
  output.table(["views", "s", "x one view", "at most"], [
    [1, one.toFixed(2), "1.00", ""],
    [8, eight.toFixed(2), (eight / one).toFixed(2), "8.1"],
  ]);
  return { line, one, eight };
}
