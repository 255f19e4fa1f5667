import * as tf from "@tensorflow/tfjs";
import type { Attribute } from "../attributes.ts";
import { dataType, integer, text } from "./operation.ts";

type Info = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

/** What tfjs-core hands to its convolution kernels. */
export interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: number | "valid" | "same" | [number, number][];
  readonly dataFormat?: "NHWC" | "NCHW";
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** TensorFlow's names of a padding. */
export type Padding = "VALID" | "SAME" | "EXPLICIT";

type Shape4D = [number, number, number, number];

/** The zeros that SAME adds before and after an axis, or null where it gives another output length. */
function samePadding(
  lengths: { readonly from: number; readonly to: number },
  { stride, window }: { stride: number; window: number },
): [number, number] | null {
  if (lengths.to !== Math.ceil(lengths.from / stride)) return null;
  const total = Math.max(0, (lengths.to - 1) * stride + window - lengths.from);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Padding, strides and dilations of a convolution, as TensorFlow's operations take them. */
export class Geometry {
  /** SAME wherever it would add the same zeros: oneDNN's gradients support SAME and VALID only. */
  readonly padding: Padding;
  readonly #info: Info;

  /** @param filterShape `[height, width, channels, filters]`, or `[..., channels, multiplier]` when depthwise */
  constructor(
    readonly inputShape: readonly number[],
    readonly filterShape: readonly number[],
    attributes: ConvolutionAttributes & { readonly depthwise?: boolean },
  ) {
    this.#info = tf.backend_util.computeConv2DInfo(
      inputShape as Shape4D,
      filterShape as Shape4D,
      attributes.strides,
      attributes.dilations ?? 1,
      attributes.pad as Parameters<typeof tf.backend_util.computeConv2DInfo>[4],
      attributes.dimRoundingMode,
      attributes.depthwise,
      tf.backend_util.convertConv2DDataFormat(attributes.dataFormat ?? "NHWC"),
    );
    this.padding = this.#paddingName();
  }

  #paddingName(): Padding {
    const { type, top, bottom, left, right } = this.#info.padInfo;
    if (type === "SAME" || type === "VALID") return type;
    if (top + bottom + left + right === 0) return "VALID";
    const { inHeight, outHeight, strideHeight, effectiveFilterHeight } = this.#info;
    const { inWidth, outWidth, strideWidth, effectiveFilterWidth } = this.#info;
    const vertical = samePadding(
      { from: inHeight, to: outHeight },
      { stride: strideHeight, window: effectiveFilterHeight },
    );
    const horizontal = samePadding(
      { from: inWidth, to: outWidth },
      { stride: strideWidth, window: effectiveFilterWidth },
    );
    const same = vertical?.[0] === top && vertical[1] === bottom && horizontal?.[0] === left &&
      horizontal[1] === right;
    return same ? "SAME" : "EXPLICIT";
  }

  /** Whether the axes are batch, height, width and channels. */
  get channelsLast(): boolean {
    return this.#info.dataFormat === "channelsLast";
  }

  /** Zeros before and after each axis. */
  get paddings(): [number, number][] {
    const { top, bottom, left, right } = this.#info.padInfo;
    const sides: [number, number][] = [[top, bottom], [left, right]];
    return this.channelsLast ? [[0, 0], ...sides, [0, 0]] : [[0, 0], [0, 0], ...sides];
  }

  /** The input's shape with the zeros. */
  get paddedShape(): number[] {
    return this.inputShape.map((length, axis) => length + this.paddings[axis]![0] + this.paddings[axis]![1]);
  }

  /** Whether the filter is one place wide and high. */
  get isPointwise(): boolean {
    return this.#info.filterHeight === 1 && this.#info.filterWidth === 1;
  }

  /** Whether the filter is three places wide and high, and moves by single steps over neighbouring places. */
  get isThreeByThree(): boolean {
    const { filterHeight, filterWidth, dilationHeight, dilationWidth } = this.#info;
    const steps = [...this.strides, dilationHeight, dilationWidth];
    return filterHeight === 3 && filterWidth === 3 && steps.every((step) => step === 1);
  }

  /** The shape of the output. */
  get outputShape(): number[] {
    return this.#info.outShape;
  }

  /** The window's steps along each axis of the input. */
  get strides(): number[] {
    return this.#perAxis(this.#info.strideHeight, this.#info.strideWidth);
  }

  #perAxis(height: number, width: number): number[] {
    return this.channelsLast ? [1, height, width, 1] : [1, 1, height, width];
  }

  /** Attributes of the operation; an input that is already padded or subsampled needs another padding or other strides. */
  attributes(
    { padding = this.padding, strides = this.strides, type = "float32" }: {
      readonly padding?: Padding;
      readonly strides?: readonly number[];
      readonly type?: "float32" | "bfloat16";
    } = {},
  ): Attribute[] {
    const { dilationHeight, dilationWidth } = this.#info;
    const attributes = [
      dataType("T", type),
      integer("strides", strides),
      integer("dilations", this.#perAxis(dilationHeight, dilationWidth)),
      text("padding", padding),
      text("data_format", this.channelsLast ? "NHWC" : "NCHW"),
    ];
    if (padding === "EXPLICIT") attributes.push(integer("explicit_paddings", this.paddings.flat()));
    return attributes;
  }
}
