import { createLoader } from "../data/loader.ts";
import { loaderSettings } from "../experiment/loader_settings.ts";
import { balancedOrder } from "./sampling.ts";
import type { TrainLoaders, TrainOptions } from "./types.ts";

/** Makes the loaders of both splits as the config says. */
export async function createTrainLoaders(options: TrainOptions): Promise<TrainLoaders> {
  const { config, layout, examples, output } = options;
  const common = loaderSettings(config, layout, output);
  const train = await createLoader({
    ...common,
    split: "train",
    examples: examples.train,
    batchSize: config.train.batch_size,
    shuffle: true,
    ...(config.train.sampling === "balanced" && {
      order: (epoch: number) => balancedOrder(examples.train, { seed: config.seed, epoch }),
    }),
  });
  const val = await createLoader({
    ...common,
    split: "val",
    examples: examples.val,
    batchSize: config.eval.batch_size,
    shuffle: false,
  });
  return { train, val };
}

/** Ends the workers of both loaders. */
export function closeLoaders(loaders: TrainLoaders): void {
  loaders.train.close();
  loaders.val.close();
}
