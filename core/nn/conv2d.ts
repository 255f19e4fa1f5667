import * as tf from "@tensorflow/tfjs";
import { constant, type Initializer, kaimingNormalFanOut } from "./initializers.ts";
import { type LayerShape, ModuleLayer, type ModuleOptions, onlyInput, onlyShape } from "./module_layer.ts";
import { CONVOLUTION } from "./parameter_layout.ts";

/** A number for both sides, or [height, width]. */
export type Sides = number | readonly [height: number, width: number];

/** What a convolution is made from. */
export interface Conv2dOptions extends ModuleOptions {
  readonly filters: number;
  readonly kernel: Sides;
  /** 1 when left out. */
  readonly stride?: Sides;
  /** Zeros on both ends of a side, as PyTorch pads; 0 when left out. */
  readonly padding?: Sides;
  /** No bias when left out. */
  readonly bias?: boolean;
  /** He's normal over the outputs when left out. */
  readonly initializer?: Initializer;
  /** Zeros when left out. */
  readonly biasInitializer?: Initializer;
}

/** Both sides of a {@link Sides}. */
export function bothSides(sides: Sides): [height: number, width: number] {
  return typeof sides === "number" ? [sides, sides] : [sides[0], sides[1]];
}

/** The length of a side after a window has moved over it. */
export function slideLength(
  length: number | null,
  window: { size: number; stride: number; padding: number },
): number | null {
  return length === null ? null : Math.floor((length + 2 * window.padding - window.size) / window.stride) + 1;
}

/** torch.nn.Conv2d: symmetric zero padding, written out, never TensorFlow's SAME. `[batch, height, width, channels]`. */
export class Conv2d extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumConv2d";
  readonly options: Conv2dOptions;
  readonly kernel: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];

  constructor(options: Conv2dOptions) {
    super(options);
    this.options = options;
    this.kernel = bothSides(options.kernel);
    this.stride = bothSides(options.stride ?? 1);
    this.padding = bothSides(options.padding ?? 0);
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const channels = onlyShape(inputShape)[3]!;
    const { filters, bias, initializer = kaimingNormalFanOut, biasInitializer = constant(0) } = this.options;
    this.addParameter("weight", {
      shape: [...this.kernel, channels, filters],
      initializer,
      layout: CONVOLUTION,
    });
    if (bias) this.addParameter("bias", { shape: [filters], initializer: biasInitializer });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, height, width] = onlyShape(inputShape) as [number | null, number | null, number | null];
    const along = (length: number | null, axis: 0 | 1) =>
      slideLength(length, {
        size: this.kernel[axis],
        stride: this.stride[axis],
        padding: this.padding[axis],
      });
    return [batch, along(height, 0), along(width, 1), this.options.filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [vertical, horizontal] = this.padding;
    const weight = this.parameters.get("weight")!.variable as tf.Tensor4D;
    const padding: [[number, number], [number, number], [number, number], [number, number]] = [
      [0, 0],
      [vertical, vertical],
      [horizontal, horizontal],
      [0, 0],
    ];
    const y = tf.conv2d(onlyInput(inputs) as tf.Tensor4D, weight, this.stride, padding);
    const bias = this.parameters.get("bias")?.variable;
    return bias ? tf.add(y, bias) : y;
  }
}
