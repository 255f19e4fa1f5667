import { balancedOrder } from "./balanced_order.ts";
import type { TrainLoaders, TrainOptions } from "./types.ts";

/** Creates the data loaders of the train and validation splits. */
export async function openLoaders({ experiment, examples }: TrainOptions): Promise<TrainLoaders> {
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
