import * as tf from "@tensorflow/tfjs";
import { AdaptiveAveragePool, AveragePool2d, type AveragePoolOptions } from "./layers/average_pooling.ts";
import { AttentionPool } from "./layers/attention_pool.ts";
import type { ActivationName } from "./layers/activations.ts";
import { Drop } from "./layers/dropout.ts";
import { GlobalResponseNorm } from "./layers/global_response_norm.ts";
import { LayerNorm, LayerScale, type LayerScaleOptions } from "./layers/layer_norm.ts";
import { Merge } from "./layers/merging.ts";
import { SelfAttention, type SelfAttentionOptions } from "./layers/self_attention.ts";
import {
  FirstToken,
  MapToTokens,
  PositionEmbedding,
  type PositionOptions,
  PrependTokens,
  type TokenOptions,
} from "./layers/tokens.ts";
import { BatchNorm, type BatchNormOptions } from "./layers/batch_norm.ts";
import { Conv2d, type Conv2dOptions } from "./layers/conv2d.ts";
import { uniformFanIn } from "./layers/initializers.ts";
import { Linear, type LinearOptions } from "./layers/linear.ts";
import { GlobalAveragePool, MaxPool2d, type MaxPoolOptions } from "./layers/pooling.ts";

/** Options of a layer without its name and the seed, which the builder gives. */
type Settings<Options> = Omit<Options, "name" | "seed">;

/** Builds a network by a sequence of calls, each with the tensor so far and the PyTorch name of the next module. */
export class NetworkBuilder {
  readonly seed: number;
  #lastNorm: BatchNorm | undefined;

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
    const layer = this.#lastNorm = new BatchNorm({ ...options, name, seed: this.seed });
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

  /** Average over all positions: `[batch, channels]`, or with `keepSides` `[batch, 1, 1, channels]`. */
  globalAveragePool(
    x: tf.SymbolicTensor,
    name: string,
    settings: { readonly keepSides?: boolean } = {},
  ): tf.SymbolicTensor {
    return new GlobalAveragePool({ ...settings, name }).apply(x) as tf.SymbolicTensor;
  }

  /** `[batch, 1, 1, channels]` to `[batch, channels]`. */
  flatten(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
    return tf.layers.flatten({ name }).apply(x) as tf.SymbolicTensor;
  }

  /** torch.nn.AvgPool2d; padded zeros count as values. */
  averagePool(
    x: tf.SymbolicTensor,
    name: string,
    settings: Omit<AveragePoolOptions, "name">,
  ): tf.SymbolicTensor {
    return new AveragePool2d({ ...settings, name }).apply(x) as tf.SymbolicTensor;
  }

  /** torch.nn.AdaptiveAvgPool2d to a square. */
  adaptivePool(x: tf.SymbolicTensor, name: string, size: number): tf.SymbolicTensor {
    return new AdaptiveAveragePool({ name, size }).apply(x) as tf.SymbolicTensor;
  }

  /** torch.nn.LayerNorm over the channels. */
  layerNorm(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
    return new LayerNorm({ name, seed: this.seed }).apply(x) as tf.SymbolicTensor;
  }

  /** ConvNeXt V2's global response normalisation. */
  globalResponseNorm(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
    return new GlobalResponseNorm({ name, seed: this.seed }).apply(x) as tf.SymbolicTensor;
  }

  /** One trained factor per channel. */
  layerScale(x: tf.SymbolicTensor, name: string, settings: Settings<LayerScaleOptions>): tf.SymbolicTensor {
    return new LayerScale({ ...settings, name, seed: this.seed }).apply(x) as tf.SymbolicTensor;
  }

  /** A feature map as tokens: `[batch, height * width, channels]`. */
  mapToTokens(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
    return new MapToTokens({ name }).apply(x) as tf.SymbolicTensor;
  }

  /** Trained tokens in front of the others, the net's own parameter `<name>`. */
  prependTokens(x: tf.SymbolicTensor, name: string, settings: Settings<TokenOptions>): tf.SymbolicTensor {
    return new PrependTokens({ ...settings, name, seed: this.seed }).apply(x) as tf.SymbolicTensor;
  }

  /** A trained vector added to each token, the net's own parameter `<name>`. */
  addPositions(x: tf.SymbolicTensor, name: string, settings: Settings<PositionOptions>): tf.SymbolicTensor {
    return new PositionEmbedding({ ...settings, name, seed: this.seed }).apply(x) as tf.SymbolicTensor;
  }

  /** Attention of tokens to each other, with the linear layers `<name>.qkv` and `<name>.proj` around it. */
  selfAttention(x: tf.SymbolicTensor, name: string, settings: AttentionSettings): tf.SymbolicTensor {
    const { heads, prefix, firstOnly, ...initial } = settings;
    const channels = x.shape.at(-1)!;
    const products = this.linear(x, `${name}.qkv`, { ...initial, outputs: 3 * channels });
    const attended = new SelfAttention({ name, seed: this.seed, heads, prefix }).apply(
      products,
    ) as tf.SymbolicTensor;
    const kept = firstOnly ? this.firstToken(attended, `${name}.first`) : attended;
    return this.linear(kept, `${name}.proj`, { ...initial, outputs: channels });
  }

  /** The first token of each image: `[batch, channels]`. */
  firstToken(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
    return new FirstToken({ name }).apply(x) as tf.SymbolicTensor;
  }

  /** Concatenation along the channels. */
  concatenate(parts: tf.SymbolicTensor[], name: string): tf.SymbolicTensor {
    return tf.layers.concatenate({ name, axis: -1 }).apply(parts) as tf.SymbolicTensor;
  }

  /** `x` and a residual. */
  add(x: tf.SymbolicTensor, name: string, settings: Addition): tf.SymbolicTensor {
    const { residual, ...others } = settings;
    return new Merge({ ...others, name, operation: "add" }).apply([x, residual]) as tf.SymbolicTensor;
  }

  /** torch.nn.Dropout (values) or torchvision's StochasticDepth (examples); nothing at rate 0. */
  drop(
    x: tf.SymbolicTensor,
    name: string,
    settings: { rate: number; what: "values" | "examples" },
  ): tf.SymbolicTensor {
    if (settings.rate === 0) return x;
    const norm = this.#lastNorm;
    const passes = norm ? { passes: () => norm.batchesTracked } : {};
    return new Drop({ ...settings, ...passes, name, seed: this.seed }).apply(x) as tf.SymbolicTensor;
  }

  /**
   * Squeeze and excitation: two convolutions, `<name>.fc1` and `<name>.fc2` unless they are called otherwise, make one
   * gate per channel from the average.
   *
   * Source: Hu et al., "Squeeze-and-excitation networks", 2018.
   */
  squeezeExcite(x: tf.SymbolicTensor, name: string, settings: Excitation): tf.SymbolicTensor {
    const { filters, activation, convolutions: [reduce, expand] = ["fc1", "fc2"], ...initial } = settings;
    const squeezed = new GlobalAveragePool({ name: `${name}.avgpool`, keepSides: true }).apply(
      x,
    ) as tf.SymbolicTensor;
    const inner = this.conv(squeezed, `${name}.${reduce}`, {
      ...initial,
      filters,
      kernel: 1,
      bias: true,
      activation,
    });
    const gate = this.conv(inner, `${name}.${expand}`, {
      ...initial,
      filters: x.shape[3]!,
      kernel: 1,
      bias: true,
      activation: "sigmoid",
    });
    return new Merge({ name: `${name}.scale`, operation: "multiply" }).apply([x, gate]) as tf.SymbolicTensor;
  }

  /** Upstream's attention head: convolutions `<names[0]>` and `<names[1]>`, the second weighting the first's positions. */
  attentionHead(x: tf.SymbolicTensor, name: string, head: AttentionHead): tf.SymbolicTensor {
    const [logits, attention] = head.convolutions.map((path) =>
      this.conv(x, path, {
        filters: head.classes,
        kernel: 1,
        bias: true,
        ...defaultInitializers(x.shape[3]!),
      })
    );
    return new AttentionPool({ name }).apply([logits!, attention!]) as tf.SymbolicTensor;
  }
}

/** Options of {@link NetworkBuilder.add}. */
interface Addition {
  readonly residual: tf.SymbolicTensor;
  readonly activation?: ActivationName;
}

/** Options of {@link NetworkBuilder.selfAttention}. */
interface AttentionSettings
  extends Settings<SelfAttentionOptions>, Pick<LinearOptions, "initializer" | "biasInitializer"> {
  /** Whether only the first token's answer is needed: `[batch, channels]`. */
  readonly firstOnly: boolean;
}

/** Options of {@link NetworkBuilder.squeezeExcite}. */
interface Excitation extends Pick<Conv2dOptions, "initializer" | "biasInitializer"> {
  /** Filters of the narrow convolution. */
  readonly filters: number;
  readonly activation: ActivationName;
  /** Names of the narrow and the wide convolution. */
  readonly convolutions?: readonly [reduce: string, expand: string];
}

/** Options of {@link NetworkBuilder.attentionHead}. */
interface AttentionHead {
  readonly convolutions: readonly [logits: string, attention: string];
  readonly classes: number;
}

/** PyTorch's default of a convolution: weights and bias uniform within `1 / sqrt(inputs of one output)`. */
function defaultInitializers(fanIn: number): Pick<Conv2dOptions, "initializer" | "biasInitializer"> {
  return { initializer: uniformFanIn(fanIn), biasInitializer: uniformFanIn(fanIn) };
}
