import { configProblem } from "../base/problem.ts";
import { isNumeric } from "../layout/labels.ts";
import { balancedOrder } from "./balanced_order.ts";
import type { TrainLoaders, TrainOptions } from "./types.ts";

async function checkSampling({ experiment }: TrainOptions): Promise<void> {
  const { target } = await experiment.layout();
  if (experiment.config.train.sampling !== "balanced" || !isNumeric(target)) return;
  throw configProblem(
    `Cannot use train.sampling balanced: the target ${target} of this layout has no classes to balance`,
    "Set train.sampling to all",
  );
}

/** Creates the data loaders of the train and validation splits. */
export async function openLoaders(options: TrainOptions): Promise<TrainLoaders> {
  await checkSampling(options);
  const { experiment, examples } = options;
  const { train: { batch_size, sampling }, eval: evaluation, seed } = experiment.config;
  const train = await experiment.loader({
    split: "train",
    examples: examples.train,
    batchSize: batch_size,
    shuffle: true,
    ...(sampling === "balanced" && {
      order: (epoch: number) => balancedOrder(examples.train, { seed, epoch }),
    }),
  });
  if (train.views > 1) {
    train.close();
    throw configProblem(
      `Cannot train with the transform "${experiment.config.transform.name}": it gives ${train.views} views of each ` +
        "image in training, one is needed",
      "Give one view for the split train, as `tiles` does",
    );
  }
  const val = await experiment.loader({
    split: "val",
    examples: examples.val,
    batchSize: evaluation.batch_size,
    shuffle: false,
  });
  return { train, val };
}

/** Stops the workers of both loaders. */
export function closeLoaders(loaders: TrainLoaders): void {
  loaders.train.close();
  loaders.val.close();
}
