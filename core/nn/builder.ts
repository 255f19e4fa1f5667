import type * as tf from "@tensorflow/tfjs";
import { BatchNorm, type BatchNormOptions } from "./batch_norm.ts";
import { Conv2d, type Conv2dOptions } from "./conv2d.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { GlobalAveragePool, MaxPool2d, type MaxPoolOptions } from "./pooling.ts";

/** What a layer needs beside its name and the seed. */
type Settings<Options> = Omit<Options, "name" | "seed">;

/** Writes a network as a sequence of calls, each taking the tensor so far and PyTorch's name of the module. */
export class NetworkBuilder {
  readonly seed: number;

  /** @param seed seed of all initial weights */
  constructor(seed: number) {
    this.seed = seed;
  }

  /** torch.nn.Conv2d. */
  conv(x: tf.SymbolicTensor, name: string, settings: Settings<Conv2dOptions>): tf.SymbolicTensor {
    return new Conv2d({ ...settings, name, seed: this.seed }).apply(x) as tf.SymbolicTensor;
  }

  /** torch.nn.BatchNorm2d, with `residual` added and `activation` applied after it. */
  norm(
    x: tf.SymbolicTensor,
    name: string,
    settings: Settings<BatchNormOptions> & { readonly residual?: tf.SymbolicTensor } = {},
  ): tf.SymbolicTensor {
    const { residual, ...options } = settings;
    const layer = new BatchNorm({ ...options, name, seed: this.seed });
    return layer.apply(residual ? [x, residual] : x) as tf.SymbolicTensor;
  }

  /** torch.nn.Linear. */
  linear(x: tf.SymbolicTensor, name: string, settings: Settings<LinearOptions>): tf.SymbolicTensor {
    return new Linear({ ...settings, name, seed: this.seed }).apply(x) as tf.SymbolicTensor;
  }

  /** torch.nn.MaxPool2d. */
  maxPool(x: tf.SymbolicTensor, name: string, settings: Omit<MaxPoolOptions, "name">): tf.SymbolicTensor {
    return new MaxPool2d({ ...settings, name }).apply(x) as tf.SymbolicTensor;
  }

  /** Average over all positions: `[batch, channels]`. */
  globalAveragePool(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
    return new GlobalAveragePool({ name }).apply(x) as tf.SymbolicTensor;
  }
}
