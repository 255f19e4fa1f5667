import * as tf from "@tensorflow/tfjs";
import { FUSED_CONV, type FusedConvSettings } from "../nn/kernels/fused_conv.ts";
import type { GroupedConvSettings } from "../nn/kernels/grouped_conv_composed.ts";
import { GROUPED_CONV, GROUPED_CONV_FILTER, GROUPED_CONV_INPUT } from "../nn/kernels/layer_kernels.ts";
import { heapOffset, type WasmBackend } from "./heap.ts";
import { moduleOf } from "./module.ts";
import { registerKernel } from "./register_kernel.ts";
import { runShared } from "./team.ts";
import type { ConvShape } from "./walk.ts";

type Shape = [number, number, number, number];
type ConvParameters = Parameters<typeof tf.backend_util.computeConv2DInfo>;

interface Attributes {
  readonly strides: ConvParameters[2];
  readonly dilations?: ConvParameters[3];
  readonly pad: ConvParameters[4];
  readonly dataFormat: "NHWC" | "NCHW";
  readonly dimRoundingMode?: ConvParameters[5];
}

/** The input's and the filter's shape. */
interface Shapes {
  readonly input: readonly number[];
  readonly filter: readonly number[];
}

function plainShape({ input, filter }: Shapes, attributes: Attributes): ConvShape {
  const { strides, dilations = 1, pad, dimRoundingMode, dataFormat } = attributes;
  if (dataFormat !== "NHWC") throw new Error(`Convolutions are written for NHWC, received ${dataFormat}`);
  const shapes = [[...input] as Shape, [...filter] as Shape] as const;
  const info = tf.backend_util.computeConv2DInfo(...shapes, strides, dilations, pad, dimRoundingMode);
  const { top, left } = info.padInfo;
  return {
    ...info,
    batch: info.batchSize,
    kernelHeight: filter[0]!,
    kernelWidth: filter[1]!,
    top,
    left,
    groups: 1,
  };
}

function paddedShape(
  { input, filter }: Shapes,
  { strides, padding, groups = 1 }: Omit<GroupedConvSettings, "groups"> & { readonly groups?: number },
): ConvShape {
  const [batch, inHeight, inWidth, inChannels] = input as Shape;
  const [kernelHeight, kernelWidth, , outChannels] = filter as Shape;
  const [strideHeight, strideWidth] = strides, [top, bottom, left, right] = padding;
  const outHeight = Math.floor((inHeight + top + bottom - kernelHeight) / strideHeight) + 1;
  const outWidth = Math.floor((inWidth + left + right - kernelWidth) / strideWidth) + 1;
  const sizes = { batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels };
  const window = { kernelHeight, kernelWidth, strideHeight, strideWidth, top, left };
  return { ...sizes, ...window, dilationHeight: 1, dilationWidth: 1, groups };
}

function forward(
  backend: WasmBackend,
  shape: ConvShape,
  { x, filter }: { x: tf.TensorInfo; filter: tf.TensorInfo },
): tf.TensorInfo {
  const { batch, outHeight, outWidth, outChannels } = shape;
  const y = backend.makeOutput([batch, outHeight, outWidth, outChannels], "float32");
  const at = (info: tf.TensorInfo) => heapOffset(backend, info);
  runShared(backend, { kind: "convolve", shape, places: { x: at(x), filter: at(filter), y: at(y) } });
  return y;
}

function inputGradient(
  backend: WasmBackend,
  shape: ConvShape,
  { dy, filter }: { dy: tf.TensorInfo; filter: tf.TensorInfo },
): tf.TensorInfo {
  const { batch, inHeight, inWidth, inChannels } = shape;
  const x = backend.makeOutput([batch, inHeight, inWidth, inChannels], "float32");
  const at = (info: tf.TensorInfo) => heapOffset(backend, info);
  runShared(backend, { kind: "convolveBack", shape, places: { x: at(x), filter: at(filter), y: at(dy) } });
  return x;
}

function filterGradient(
  backend: WasmBackend,
  shape: ConvShape,
  { x, dy }: { x: tf.TensorInfo; dy: tf.TensorInfo },
): tf.TensorInfo {
  const { kernelHeight, kernelWidth, inChannels, groups, outChannels } = shape;
  const filter = backend.makeOutput([kernelHeight, kernelWidth, inChannels / groups, outChannels], "float32");
  const at = (info: tf.TensorInfo) => heapOffset(backend, info);
  runShared(backend, { kind: "convolveFilter", shape, places: { x: at(x), filter: at(filter), y: at(dy) } });
  return filter;
}

type Forward = { x: tf.TensorInfo; filter: tf.TensorInfo };
type ByInput = { dy: tf.TensorInfo; filter: tf.TensorInfo };
type ByFilter = { x: tf.TensorInfo; dy: tf.TensorInfo };

function registerPlain(): void {
  registerKernel<Forward, Attributes>("Conv2D", ({ backend, inputs, attributes }) => {
    const shapes = { input: inputs.x.shape, filter: inputs.filter.shape };
    return forward(backend, plainShape(shapes, attributes), inputs);
  });
  registerKernel<ByInput, Attributes & { inputShape: Shape }>(
    "Conv2DBackpropInput",
    ({ backend, inputs, attributes }) => {
      const shapes = { input: attributes.inputShape, filter: inputs.filter.shape };
      return inputGradient(backend, plainShape(shapes, attributes), inputs);
    },
  );
  registerKernel<ByFilter, Attributes & { filterShape: Shape }>(
    "Conv2DBackpropFilter",
    ({ backend, inputs, attributes }) => {
      const shapes = { input: inputs.x.shape, filter: attributes.filterShape };
      return filterGradient(backend, plainShape(shapes, attributes), inputs);
    },
  );
}

function registerGrouped(): void {
  registerKernel<Forward, GroupedConvSettings>(GROUPED_CONV, ({ backend, inputs, attributes }) => {
    const shapes = { input: inputs.x.shape, filter: inputs.filter.shape };
    return [forward(backend, paddedShape(shapes, attributes), inputs)];
  });
  registerKernel<ByInput, GroupedConvSettings & { inputShape: Shape }>(
    GROUPED_CONV_INPUT,
    ({ backend, inputs, attributes }) => {
      const shapes = { input: attributes.inputShape, filter: inputs.filter.shape };
      return [inputGradient(backend, paddedShape(shapes, attributes), inputs)];
    },
  );
  registerKernel<ByFilter, GroupedConvSettings & { filterShape: Shape }>(
    GROUPED_CONV_FILTER,
    ({ backend, inputs, attributes }) => {
      const shapes = { input: inputs.x.shape, filter: attributes.filterShape };
      return [filterGradient(backend, paddedShape(shapes, attributes), inputs)];
    },
  );
}

function registerFused(): void {
  registerKernel<Forward & { bias: tf.TensorInfo; residual?: tf.TensorInfo }, FusedConvSettings>(
    FUSED_CONV,
    ({ backend, inputs, attributes }) => {
      const shape = paddedShape({ input: inputs.x.shape, filter: inputs.filter.shape }, attributes);
      const y = forward(backend, shape, inputs);
      const [to, bias] = [y, inputs.bias].map((info) => heapOffset(backend, info)) as [number, number];
      const residual = inputs.residual ? heapOffset(backend, inputs.residual) : 0;
      const rows = shape.batch * shape.outHeight * shape.outWidth;
      moduleOf(backend).run.finishRows(to, rows, shape.outChannels, bias, residual, attributes.relu);
      return y;
    },
  );
}

/**
 * Registers convolutions, plain, grouped and fused with bias, residual and relu, and their gradients:
 * tfjs-backend-wasm lacks the filter's gradient, and its multiplications run at a third of the speed.
 */
export function registerConvolutions(): void {
  registerPlain();
  registerGrouped();
  registerFused();
}
