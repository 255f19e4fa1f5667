import * as tf from "@tensorflow/tfjs";
import { slideLength } from "./conv2d.ts";
import { type LayerShape, onlyInput, onlyShape } from "./module_layer.ts";

/** Options of a max pool; the window is square. */
export interface MaxPoolOptions {
  readonly name: string;
  readonly kernel: number;
  readonly stride: number;
  /** On both ends of a side, 0 when left out. */
  readonly padding?: number;
  /** Let the last window hang over the end, as torch does with `ceil_mode`. */
  readonly ceilMode?: boolean;
}

const NEVER_THE_LARGEST = -3.4028234663852886e38;

/** How far the last window hangs over the end of a side under torch's `ceil_mode`; it must start inside. */
function overhang(length: number, options: MaxPoolOptions): number {
  const { kernel, stride, padding = 0, ceilMode = false } = options;
  if (!ceilMode) return 0;
  const over = (length + 2 * padding - kernel) % stride;
  const start = length + 2 * padding - kernel - over + stride;
  return over > 0 && start < length + padding ? stride - over : 0;
}

/** torch.nn.MaxPool2d over `[batch, height, width, channels]`: what is padded never wins. */
export class MaxPool2d extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumMaxPool2d";
  readonly options: MaxPoolOptions;

  constructor(options: MaxPoolOptions) {
    super({ name: options.name });
    this.options = options;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, height, width, channels] = onlyShape(inputShape);
    return [batch!, this.#length(height!), this.#length(width!), channels!];
  }

  /** Padding of a picture of a size: [top, bottom, left, right]. */
  padsFor(height: number, width: number): [number, number, number, number] {
    const { padding = 0 } = this.options;
    return [
      padding,
      padding + overhang(height, this.options),
      padding,
      padding + overhang(width, this.options),
    ];
  }

  #length(length: number | null): number | null {
    const { kernel, stride, padding = 0 } = this.options;
    if (length === null) return null;
    return slideLength(length + overhang(length, this.options), { size: kernel, stride, padding });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { kernel, stride } = this.options;
    const x = onlyInput(inputs) as tf.Tensor4D;
    const [top, bottom, left, right] = this.padsFor(x.shape[1], x.shape[2]);
    const padded = top + bottom + left + right === 0
      ? x
      : tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], NEVER_THE_LARGEST);
    return tf.maxPool(padded, kernel, stride, "valid");
  }
}

/**
 * torch.nn.AdaptiveAvgPool2d(1): `[batch, height, width, channels]` to `[batch, channels]`, or with `keepSides` to
 * `[batch, 1, 1, channels]`.
 */
export class GlobalAveragePool extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumGlobalAveragePool";
  readonly keepSides: boolean;

  constructor(options: { readonly name: string; readonly keepSides?: boolean }) {
    super({ name: options.name });
    this.keepSides = options.keepSides ?? false;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, , , channels] = onlyShape(inputShape);
    return this.keepSides ? [batch!, 1, 1, channels!] : [batch!, channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mean(onlyInput(inputs), [1, 2], this.keepSides);
  }
}
