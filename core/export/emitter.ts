import type { ActivationName } from "../nn/layers/activations.ts";

/** How much is padded at each end of the sides. */
export type Pads = readonly [top: number, bottom: number, left: number, right: number];

/** A convolution with PyTorch's weight layout `(filters, channels / groups, height, width)`. */
export interface Convolution {
  readonly name: string;
  readonly weight: Float32Array;
  readonly shape: readonly [filters: number, channels: number, height: number, width: number];
  readonly bias: Float32Array | null;
  readonly stride: readonly [height: number, width: number];
  /** Zero padding. */
  readonly pads: Pads;
  readonly groups: number;
}

/** A per-channel scale and shift. */
export interface Scaling {
  readonly factor: Float32Array;
  readonly shift: Float32Array;
}

/** Max or average pooling with a square kernel. */
export interface Pool {
  readonly name: string;
  readonly kind: "max" | "average";
  readonly kernel: number;
  readonly stride: number;
  /** Padding with zeros that are included in averages, ignored by maxima. */
  readonly pads: Pads;
}

/** Backend of an export format: receives a model operation by operation. `Value` is the format's tensor handle. */
export interface Emitter<Value> {
  input(shape: readonly [height: number, width: number, channels: number]): Value;
  convolution(x: Value, at: Convolution): Value;
  /** Linear layer over the last axis; the weight is `(outputs, inputs)`. */
  linear(x: Value, at: LinearMap): Value;
  pool(x: Value, at: Pool): Value;
  /** torch's adaptive average pooling to a square. */
  adaptiveAverage(x: Value, at: { name: string; height: number; width: number; size: number }): Value;
  globalAverage(x: Value, at: { name: string; keepSides: boolean }): Value;
  activation(x: Value, at: { name: string; activation: ActivationName }): Value;
  /** Element-wise; `b` may have height and width 1 (broadcast). */
  merge(a: Value, b: Value, at: { name: string; operation: "add" | "multiply" }): Value;
  /** Concatenates along the channels. */
  concatenate(values: readonly Value[], at: { name: string }): Value;
  /** Layer normalisation over the channels of a tensor of rank `rank`. */
  layerNorm(x: Value, at: Normalisation): Value;
  /** ConvNeXt V2's global response normalisation. */
  globalResponseNorm(x: Value, at: ResponseNormalisation): Value;
  /** `[batch, 1, 1, channels]` to `[batch, channels]`. */
  flatten(x: Value, at: { name: string }): Value;
  /** A feature map as tokens, `[batch, height * width, channels]`. */
  mapToTokens(x: Value, at: { name: string; positions: number; channels: number }): Value;
  /** The same tokens in front of those of every image. */
  prependTokens(x: Value, at: TokenValues & { count: number }): Value;
  /** Adds the same values to the tokens of every image. */
  addPositions(x: Value, at: TokenValues): Value;
  /** The first token of every image, `[batch, channels]`. */
  firstToken(x: Value, at: { name: string; tokens: number; channels: number }): Value;
  /** Multi-head attention of tokens to each other; queries, keys and values come from the linear map `qkv`. */
  selfAttention(x: Value, at: Attention): Value;
  /** Attention pooling: the sum over positions of the logits, weighted by the softmax of the attention. */
  attention(logits: Value, attention: Value, at: { name: string; side: number; classes: number }): Value;
}

/** Values of tokens that are the same for every image. */
export interface TokenValues {
  readonly name: string;
  /** `[tokens, channels]`. */
  readonly values: Float32Array;
  /** Tokens of an image before the operation. */
  readonly tokens: number;
  readonly channels: number;
}

/** Self-attention with its linear map. */
export interface Attention {
  readonly name: string;
  /** From tokens to queries, keys and values, each with the channels of the heads one after the other. */
  readonly qkv: LinearMap;
  readonly heads: number;
  readonly tokens: number;
}

/** A linear layer with bias. */
export interface LinearMap {
  readonly name: string;
  readonly weight: Float32Array;
  readonly shape: readonly [outputs: number, inputs: number];
  readonly bias: Float32Array;
  /** Rank of the tensor that it maps. */
  readonly rank: number;
}

/** A global response normalisation of a picture of `positions` pixels. */
export interface ResponseNormalisation {
  readonly name: string;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly epsilon: number;
  readonly positions: number;
}

/** A layer normalisation. */
export interface Normalisation {
  readonly name: string;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly epsilon: number;
  readonly rank: number;
}
