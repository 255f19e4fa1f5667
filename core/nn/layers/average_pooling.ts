import * as tf from "@tensorflow/tfjs";
import { slideLength } from "./conv2d.ts";
import { type LayerShape, onlyInput, onlyShape } from "./module_layer.ts";

/** Options of an average pool; the window is square. */
export interface AveragePoolOptions {
  readonly name: string;
  readonly kernel: number;
  readonly stride: number;
  /** Zeros that count as values (torch's `count_include_pad`); 0 when left out. */
  readonly padding?: number;
  /** Least output positions a side: smaller pictures are pooled adaptively to so many; 1 when left out. */
  readonly atLeast?: number;
}

/** torch.nn.AvgPool2d: padded zeros count as values, unlike with TensorFlow's SAME. */
export class AveragePool2d extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumAveragePool2d";
  readonly options: AveragePoolOptions;

  constructor(options: AveragePoolOptions) {
    super({ name: options.name });
    this.options = options;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, height, width, channels] = onlyShape(inputShape);
    const { kernel: size, stride, padding = 0, atLeast } = this.options;
    const along = (length: number | null) =>
      this.#isTooSmall(length) ? atLeast! : slideLength(length, { size, stride, padding });
    return [batch!, along(height!), along(width!), channels!];
  }

  #isTooSmall(length: number | null): boolean {
    const { kernel, stride, padding = 0, atLeast = 1 } = this.options;
    return length !== null && atLeast > 1 && length + 2 * padding - kernel < (atLeast - 1) * stride;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { kernel, stride, padding = 0, atLeast } = this.options;
    const x = onlyInput(inputs) as tf.Tensor4D;
    if (this.#isTooSmall(x.shape[1]) || this.#isTooSmall(x.shape[2])) return adaptiveAveragePool(x, atLeast!);
    const padded = padding ? tf.pad(x, [[0, 0], [padding, padding], [padding, padding], [0, 0]]) : x;
    return tf.avgPool(padded, kernel, stride, "valid");
  }
}

/**
 * The share of each input position in each output position of torch's adaptive average pool, `[outputs, inputs]` in C
 * order: window i reaches from `floor(i * inputs / outputs)` to `ceil((i + 1) * inputs / outputs)`.
 *
 * @example Windows overlap: 3 outputs of 7 inputs take 0-2, 2-4 and 4-6
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const shares = adaptiveShares(7, 3);
 * assertEquals([...shares.slice(7, 14)].map((share) => share > 0), [false, false, true, true, true, false, false]);
 * ```
 */
export function adaptiveShares(inputs: number, outputs: number): Float32Array {
  const shares = new Float32Array(outputs * inputs);
  for (let i = 0; i < outputs; i++) {
    const start = Math.floor(i * inputs / outputs), end = Math.ceil((i + 1) * inputs / outputs);
    shares.fill(1 / (end - start), i * inputs + start, i * inputs + end);
  }
  return shares;
}

/** torch's adaptive average pool of `[batch, height, width, channels]` to `size` positions on both sides. */
export function adaptiveAveragePool(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (height === size && width === size) return x;
  const rows = tf.tensor3d(adaptiveShares(height, size), [1, size, height]).tile([batch, 1, 1]);
  const columns = tf.tensor3d(adaptiveShares(width, size), [1, size, width]).tile([batch * height, 1, 1]);
  const along = tf.matMul(columns, x.reshape([batch * height, width, channels]));
  return tf.matMul(rows, along.reshape([batch, height, size * channels])).reshape([
    batch,
    size,
    size,
    channels,
  ]);
}

/** torch.nn.AdaptiveAvgPool2d to `size` positions on both sides, as two matrix products. */
export class AdaptiveAveragePool extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumAdaptiveAveragePool";
  readonly size: number;

  constructor(options: { readonly name: string; readonly size: number }) {
    super({ name: options.name });
    this.size = options.size;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, , , channels] = onlyShape(inputShape);
    return [batch!, this.size, this.size, channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return adaptiveAveragePool(onlyInput(inputs) as tf.Tensor4D, this.size);
  }
}
