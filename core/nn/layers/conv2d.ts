import * as tf from "@tensorflow/tfjs";
import { activate, type ActivationName } from "./activations.ts";
import { constant, type Initializer, kaimingNormalFanOut } from "./initializers.ts";
import { type LayerShape, ModuleLayer, type ModuleOptions, onlyInput, onlyShape } from "./module_layer.ts";
import { configProblem } from "../../base/problem.ts";
import { groupedConv2d } from "../kernels/grouped_conv.ts";
import { CONVOLUTION, DEPTHWISE } from "./parameter_layout.ts";

/** A number for both sides, or [height, width]. */
export type Sides = number | readonly [height: number, width: number];

/** Options of a convolution. */
export interface Conv2dOptions extends ModuleOptions {
  readonly filters: number;
  readonly kernel: Sides;
  /** 1 when left out. */
  readonly stride?: Sides;
  /**
   * Zeros on both ends of a side, as PyTorch pads; 0 when left out. `same` is TensorFlow's: as few as give
   * `ceil(length / stride)` positions, an odd one at the end.
   */
  readonly padding?: Sides | "same";
  /** Groups of channels; a filter reads one group. 1 when left out. */
  readonly groups?: number;
  /** No bias when left out. */
  readonly bias?: boolean;
  /** The activation after it; none when left out. */
  readonly activation?: ActivationName;
  /** He's normal over the outputs when left out. */
  readonly initializer?: Initializer;
  /** Zeros when left out. */
  readonly biasInitializer?: Initializer;
}

/** Both sides of a {@link Sides}. */
export function bothSides(sides: Sides): [height: number, width: number] {
  return typeof sides === "number" ? [sides, sides] : [sides[0], sides[1]];
}

/**
 * The length of a side after a window has moved over it.
 *
 * @throws Problem (config) when the window does not fit once
 */
export function slideLength(
  length: number | null,
  window: { size: number; stride: number; padding: number },
): number | null {
  if (length === null) return null;
  const room = length + 2 * window.padding - window.size;
  if (room < 0) {
    throw configProblem(
      `Cannot build the model: a window of ${window.size} pixels does not fit into ${length}, the pictures are too small for it`,
      "Raise transform.params.size or take another model",
    );
  }
  return Math.floor(room / window.stride) + 1;
}

/** torch.nn.Conv2d on `[batch, height, width, channels]`, with PyTorch's symmetric padding or TensorFlow's SAME. */
export class Conv2d extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumConv2d";
  readonly options: Conv2dOptions;
  readonly kernel: [number, number];
  readonly stride: [number, number];
  /** Whether every channel is a group of its own. */
  depthwise = false;

  constructor(options: Conv2dOptions) {
    super(options);
    this.options = options;
    this.kernel = bothSides(options.kernel);
    this.stride = bothSides(options.stride ?? 1);
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const channels = onlyShape(inputShape)[3]!;
    const { filters, groups = 1, bias, initializer = kaimingNormalFanOut, biasInitializer = constant(0) } =
      this.options;
    if (channels % groups !== 0 || filters % groups !== 0) {
      throw new RangeError(
        `"${this.name}": ${groups} groups divide neither ${channels} channels nor ${filters} filters`,
      );
    }
    this.depthwise = groups > 1 && groups === channels && groups === filters;
    const shape = [...this.kernel, ...(this.depthwise ? [channels, 1] : [channels / groups, filters])];
    this.addParameter("weight", { shape, initializer, layout: this.depthwise ? DEPTHWISE : CONVOLUTION });
    if (bias) this.addParameter("bias", { shape: [filters], initializer: biasInitializer });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, height, width] = onlyShape(inputShape) as [number | null, number | null, number | null];
    const along = (length: number | null, axis: 0 | 1) => {
      const { padding = 0 } = this.options;
      const size = this.kernel[axis], stride = this.stride[axis];
      if (padding === "same") return length === null ? null : Math.ceil(length / stride);
      return slideLength(length, { size, stride, padding: bothSides(padding)[axis] });
    };
    return [batch, along(height, 0), along(width, 1), this.options.filters];
  }

  /** Padding of a picture of a size: [top, bottom, left, right]. */
  padsFor(height: number, width: number): [top: number, bottom: number, left: number, right: number] {
    const { padding = 0 } = this.options;
    if (padding !== "same") {
      const [vertical, horizontal] = bothSides(padding);
      return [vertical, vertical, horizontal, horizontal];
    }
    const along = (length: number, axis: 0 | 1): [number, number] => {
      const size = this.kernel[axis], stride = this.stride[axis];
      const zeros = Math.max(0, (Math.ceil(length / stride) - 1) * stride + size - length);
      return [Math.floor(zeros / 2), Math.ceil(zeros / 2)];
    };
    return [...along(height, 0), ...along(width, 1)];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const y = this.convolve(
      onlyInput(inputs) as tf.Tensor4D,
      this.parameters.get("weight")!.variable as tf.Tensor4D,
    );
    const bias = this.parameters.get("bias")?.variable;
    return activate(bias ? tf.add(y, bias) : y, this.options.activation);
  }

  /** The convolution alone, with a filter in place of the layer's own. */
  convolve(x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D {
    const { groups = 1 } = this.options;
    const padding = this.padsFor(x.shape[1], x.shape[2]);
    if (groups > 1 && !this.depthwise) {
      return groupedConv2d(x, filter, { groups, strides: this.stride, padding });
    }
    const [top, bottom, left, right] = padding;
    const pads: tf.backend_util.ExplicitPadding = [[0, 0], [top, bottom], [left, right], [0, 0]];
    return this.depthwise
      ? tf.depthwiseConv2d(x, filter, this.stride, pads)
      : tf.conv2d(x, filter, this.stride, pads);
  }
}
