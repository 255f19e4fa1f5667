import type { ActivationName } from "../nn/layers/activations.ts";

/** A convolution with PyTorch's filters `(filters, channels / groups, height, width)`. */
export interface Convolution {
  readonly name: string;
  readonly weight: Float32Array;
  readonly shape: readonly [filters: number, channels: number, height: number, width: number];
  readonly bias: Float32Array | null;
  readonly stride: readonly [height: number, width: number];
  /** Zeros on both ends. */
  readonly padding: readonly [height: number, width: number];
  readonly groups: number;
}

/** A factor and a shift per channel. */
export interface Scaling {
  readonly factor: Float32Array;
  readonly shift: Float32Array;
}

/** A pool over a square window. */
export interface Pool {
  readonly name: string;
  readonly kind: "max" | "average";
  readonly kernel: number;
  readonly stride: number;
  /** [top, bottom, left, right]; zeros that count for averages, never the largest for maxima. */
  readonly pads: readonly [top: number, bottom: number, left: number, right: number];
}

/** Writes a network in some format, operation by operation; `Value` stands for a tensor there. */
export interface Emitter<Value> {
  input(shape: readonly [height: number, width: number, channels: number]): Value;
  convolution(x: Value, at: Convolution): Value;
  /** Features `[batch, inputs]` to `[batch, outputs]`; the weight is `(outputs, inputs)`. */
  linear(x: Value, at: LinearMap): Value;
  pool(x: Value, at: Pool): Value;
  /** torch's adaptive average pool to a square. */
  adaptiveAverage(x: Value, at: { name: string; height: number; width: number; size: number }): Value;
  globalAverage(x: Value, at: { name: string; keepSides: boolean }): Value;
  activation(x: Value, at: { name: string; activation: ActivationName }): Value;
  /** The second may have sides of 1. */
  merge(a: Value, b: Value, at: { name: string; operation: "add" | "multiply" }): Value;
  /** Along the channels. */
  concatenate(values: readonly Value[], at: { name: string }): Value;
  /** Over the channels of `rank` axes. */
  layerNorm(x: Value, at: Normalisation): Value;
  /** The sum over positions of logits weighted by the softmax of the attention. */
  attention(logits: Value, attention: Value, at: { name: string; side: number; classes: number }): Value;
}

/** A linear layer with bias. */
export interface LinearMap {
  readonly name: string;
  readonly weight: Float32Array;
  readonly shape: readonly [outputs: number, inputs: number];
  readonly bias: Float32Array;
}

/** A layer normalisation. */
export interface Normalisation {
  readonly name: string;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly epsilon: number;
  readonly rank: number;
}
