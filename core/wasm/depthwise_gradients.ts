import * as tf from "@tensorflow/tfjs";
import { heapValues, type WasmBackend } from "./heap.ts";

type ConvInfo = tf.backend_util.Conv2DInfo;
type Shape = [number, number, number, number];
type Pad = Parameters<typeof tf.backend_util.computeConv2DInfo>[4];

interface Attributes {
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: Pad;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly inputShape: Shape;
  readonly filterShape: Shape;
}

function convInfo(inputShape: Shape, filterShape: Shape, attributes: Attributes): ConvInfo {
  const { strides, dilations, pad, dimRoundingMode } = attributes;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1 || filterShape[3] !== 1) {
    throw new Error("Depthwise gradients are written for one filter per channel without dilation");
  }
  return info;
}

/** Where a tap of the filter meets a position of the output: first values in the input, the output and the filter. */
type VisitTap = (input: number, output: number, filter: number) => void;

/** Calls `visit` for every tap that meets the picture, in one fixed order. */
function eachTap(info: ConvInfo, visit: VisitTap): void {
  const { batchSize, outHeight, outWidth, inHeight, inWidth, inChannels: channels } = info;
  for (let row = 0; row < batchSize * outHeight; row++) {
    const image = Math.floor(row / outHeight);
    const top = (row % outHeight) * info.strideHeight - info.padInfo.top;
    for (let tapY = Math.max(0, -top); tapY < Math.min(info.filterHeight, inHeight - top); tapY++) {
      const line = (image * inHeight + top + tapY) * inWidth;
      for (let outX = 0; outX < outWidth; outX++) {
        const left = outX * info.strideWidth - info.padInfo.left;
        const output = (row * outWidth + outX) * channels;
        for (let tapX = Math.max(0, -left); tapX < Math.min(info.filterWidth, inWidth - left); tapX++) {
          visit((line + left + tapX) * channels, output, (tapY * info.filterWidth + tapX) * channels);
        }
      }
    }
  }
}

function filterGradient(
  backend: WasmBackend,
  x: tf.TensorInfo,
  at: { dy: tf.TensorInfo; info: ConvInfo },
): tf.TensorInfo {
  const made = backend.makeOutput(at.info.filterShape, "float32");
  const [input, output, filter] = [x, at.dy, made].map((info) => heapValues(backend, info)) as Float32Array[];
  const channels = at.info.inChannels;
  filter!.fill(0);
  eachTap(at.info, (from, to, tap) => {
    for (let c = 0; c < channels; c++) filter![tap + c]! += input![from + c]! * output![to + c]!;
  });
  return made;
}

function inputGradient(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  at: { filter: tf.TensorInfo; info: ConvInfo },
): tf.TensorInfo {
  const made = backend.makeOutput(at.info.inShape, "float32");
  const [output, filter, input] = [dy, at.filter, made].map((info) =>
    heapValues(backend, info)
  ) as Float32Array[];
  const channels = at.info.inChannels;
  input!.fill(0);
  eachTap(at.info, (from, to, tap) => {
    for (let c = 0; c < channels; c++) input![from + c]! += filter![tap + c]! * output![to + c]!;
  });
  return made;
}

/** Registers the gradients of depthwise convolutions, which tfjs-backend-wasm lacks. */
export function registerDepthwiseGradients(): void {
  tf.registerKernel({
    kernelName: "DepthwiseConv2dNativeBackpropFilter",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, dy } = inputs as unknown as { x: tf.TensorInfo; dy: tf.TensorInfo };
      const attributes = attrs as unknown as Attributes;
      const info = convInfo(x.shape as Shape, attributes.filterShape, attributes);
      return filterGradient(backend as WasmBackend, x, { dy, info });
    },
  });
  tf.registerKernel({
    kernelName: "DepthwiseConv2dNativeBackpropInput",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, filter } = inputs as unknown as { dy: tf.TensorInfo; filter: tf.TensorInfo };
      const attributes = attrs as unknown as Attributes;
      const info = convInfo(attributes.inputShape, filter.shape as Shape, attributes);
      return inputGradient(backend as WasmBackend, dy, { filter, info });
    },
  });
}
