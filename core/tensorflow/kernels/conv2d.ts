import * as tf from "@tensorflow/tfjs";
import type { Attribute } from "../attributes.ts";
import type { NodeBackend } from "../node_kernels.ts";
import {
  dataType,
  integer,
  integers,
  type KernelCall,
  type KernelFunction,
  replaceKernel,
  runOne,
  text,
} from "./operation.ts";

type ConvInfo = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

/** What tfjs-core hands to the three convolution kernels. */
interface ConvAttributes {
  readonly strides: number | [number, number];
  readonly pad: number | "valid" | "same" | [number, number][];
  readonly dataFormat: "NHWC" | "NCHW";
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

type Shape4D = [number, number, number, number];

function convInfoOf(
  inShape: readonly number[],
  filterShape: readonly number[],
  attrs: ConvAttributes,
): ConvInfo {
  return tf.backend_util.computeConv2DInfo(
    inShape as Shape4D,
    filterShape as Shape4D,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad as Parameters<typeof tf.backend_util.computeConv2DInfo>[4],
    attrs.dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(attrs.dataFormat ?? "NHWC"),
  );
}

/**
 * TensorFlow's word for a padding. Zeros written out on both sides are the same as SAME wherever SAME would put them
 * there: oneDNN takes SAME and VALID alone in the gradients, and is twice as fast as the fallback.
 */
function paddingOf(info: ConvInfo): "VALID" | "SAME" | "EXPLICIT" {
  const { type, top, bottom, left, right } = info.padInfo;
  if (type !== "EXPLICIT") return type as "VALID" | "SAME";
  if (top + bottom + left + right === 0) return "VALID";
  const vertical = samePadding(info.inHeight, info.outHeight, {
    stride: info.strideHeight,
    window: info.effectiveFilterHeight,
  });
  const horizontal = samePadding(info.inWidth, info.outWidth, {
    stride: info.strideWidth,
    window: info.effectiveFilterWidth,
  });
  const same = vertical?.[0] === top && vertical[1] === bottom && horizontal?.[0] === left &&
    horizontal[1] === right;
  return same ? "SAME" : "EXPLICIT";
}

/** What SAME adds before and after a side, or null where it gives another output length. */
function samePadding(
  inLength: number,
  outLength: number,
  { stride, window }: { stride: number; window: number },
): [number, number] | null {
  if (outLength !== Math.ceil(inLength / stride)) return null;
  const total = Math.max(0, (outLength - 1) * stride + window - inLength);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function attributesOf(info: ConvInfo, padding: "VALID" | "SAME" | "EXPLICIT"): Attribute[] {
  const channelsLast = info.dataFormat === "channelsLast";
  const order = (height: number, width: number) =>
    channelsLast ? [1, height, width, 1] : [1, 1, height, width];
  const attributes = [
    dataType("T"),
    integer("strides", order(info.strideHeight, info.strideWidth)),
    integer("dilations", order(info.dilationHeight, info.dilationWidth)),
    text("padding", padding),
    text("data_format", channelsLast ? "NHWC" : "NCHW"),
  ];
  if (padding === "EXPLICIT") attributes.push(integer("explicit_paddings", explicitPaddings(info).flat()));
  return attributes;
}

function explicitPaddings(info: ConvInfo): [number, number][] {
  const { top, bottom, left, right } = info.padInfo;
  const sides: [number, number][] = [[top, bottom], [left, right]];
  return info.dataFormat === "channelsLast" ? [[0, 0], ...sides, [0, 0]] : [[0, 0], [0, 0], ...sides];
}

const conv2d: KernelFunction = ({ inputs, attrs, backend }) => {
  const { x, filter } = inputs;
  const info = convInfoOf(x!.shape, filter!.shape, attrs as unknown as ConvAttributes);
  const attributes = attributesOf(info, paddingOf(info));
  return runOne(backend, "Conv2D", { attributes, inputs: [x!, filter!] });
};

/** A gradient whose padding TensorFlow would not do through oneDNN: the input is padded first, the rest is VALID. */
function paddedShape(info: ConvInfo): number[] {
  return info.inShape.map((length, axis) => {
    const [before, after] = explicitPaddings(info)[axis]!;
    return length + before + after;
  });
}

const conv2dBackpropFilter: KernelFunction = (call) => {
  const { x, dy } = call.inputs;
  const { filterShape } = call.attrs as { filterShape: number[] };
  const info = convInfoOf(x!.shape, filterShape, call.attrs as unknown as ConvAttributes);
  const padding = paddingOf(info);
  if (padding !== "EXPLICIT") return filterGradient(call.backend, { x: x!, dy: dy!, info, padding });
  return tf.tidy(() => {
    const padded = tf.pad(x as tf.Tensor4D, explicitPaddings(info));
    return filterGradient(call.backend, { x: padded, dy: dy!, info, padding: "VALID" });
  });
};

function filterGradient(
  backend: NodeBackend,
  parts: { x: tf.TensorInfo; dy: tf.TensorInfo; info: ConvInfo; padding: "VALID" | "SAME" },
): tf.Tensor {
  const sizes = integers(parts.info.filterShape);
  const attributes = attributesOf(parts.info, parts.padding);
  const gradient = runOne(backend, "Conv2DBackpropFilter", {
    attributes,
    inputs: [parts.x, sizes, parts.dy],
  });
  sizes.dispose();
  return gradient;
}

const conv2dBackpropInput: KernelFunction = (call) => {
  const { dy, filter } = call.inputs;
  const { inputShape } = call.attrs as { inputShape: number[] };
  const info = convInfoOf(inputShape, filter!.shape, call.attrs as unknown as ConvAttributes);
  const padding = paddingOf(info);
  const parts = { dy: dy!, filter: filter!, info };
  if (padding !== "EXPLICIT") return inputGradient(call, { ...parts, padding, shape: inputShape });
  return tf.tidy(() => {
    const padded = inputGradient(call, { ...parts, padding: "VALID", shape: paddedShape(info) });
    return tf.slice(padded, explicitPaddings(info).map(([before]) => before), inputShape);
  });
};

function inputGradient(
  { backend }: KernelCall,
  parts: {
    readonly dy: tf.TensorInfo;
    readonly filter: tf.TensorInfo;
    readonly info: ConvInfo;
    readonly padding: "VALID" | "SAME";
    readonly shape: readonly number[];
  },
): tf.Tensor {
  const sizes = integers(parts.shape);
  const attributes = attributesOf(parts.info, parts.padding);
  const inputs = [sizes, parts.filter, parts.dy];
  const gradient = runOne(backend, "Conv2DBackpropInput", { attributes, inputs });
  sizes.dispose();
  return gradient;
}

/** Activations that TensorFlow's _FusedConv2D has under its own names. */
const FUSED_ACTIVATIONS: Readonly<Record<string, string>> = { relu: "Relu", relu6: "Relu6", elu: "Elu" };

const fusedConv2d: KernelFunction = (call) => {
  const { x, filter, bias } = call.inputs;
  const { activation = "linear", dataFormat } = call.attrs as { activation?: string; dataFormat?: string };
  const fused = FUSED_ACTIVATIONS[activation];
  const fusable = bias && bias.shape.length === 1 && dataFormat === "NHWC" &&
    !call.backend.isUsingGpuDevice &&
    (activation === "linear" || fused);
  if (!fusable) return unfusedConv2d(call, activation);
  const info = convInfoOf(x!.shape, filter!.shape, call.attrs as unknown as ConvAttributes);
  const attributes = attributesOf(info, paddingOf(info));
  attributes.push(integer("num_args", 1), {
    name: "fused_ops",
    type: 0,
    value: fused ? ["BiasAdd", fused] : ["BiasAdd"],
  });
  return runOne(call.backend, "_FusedConv2D", { attributes, inputs: [x!, filter!, bias] });
};

function unfusedConv2d(call: KernelCall, activation: string): tf.Tensor {
  const { bias, preluActivationWeights } = call.inputs as Record<string, tf.Tensor>;
  const alpha = (call.attrs as { leakyreluAlpha?: number }).leakyreluAlpha;
  return tf.tidy(() => {
    const product = conv2d(call) as tf.Tensor;
    const sum = bias ? tf.add(product, bias) : product;
    return call.backend.applyActivation(sum, activation, preluActivationWeights, alpha);
  });
}

/** Convolution and its gradients with any padding, and convolution with bias and activation in one operation. */
export function registerConv2d(): void {
  replaceKernel("Conv2D", conv2d);
  replaceKernel("Conv2DBackpropFilter", conv2dBackpropFilter);
  replaceKernel("Conv2DBackpropInput", conv2dBackpropInput);
  replaceKernel("FusedConv2D", fusedConv2d);
}
