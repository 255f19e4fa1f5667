import * as tf from "@tensorflow/tfjs";
import { heapOffset, heapValues, type WasmBackend } from "./heap.ts";
import { moduleOf, type WasmModule } from "./module.ts";
import { registerKernel } from "./register_kernel.ts";

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

/** A filter position (`tap`) along a line: the first of `count` pixels in the input and in the output. */
interface TapLine {
  readonly input: number;
  readonly output: number;
  readonly tap: number;
  readonly count: number;
}

/** For every line of the output, the pixels at which each filter position reads inside the picture; in a fixed order. */
function* tapLines(info: ConvInfo): Generator<TapLine> {
  const { batchSize, outHeight, outWidth, inHeight, inWidth, strideWidth, padInfo } = info;
  for (let row = 0; row < batchSize * outHeight; row++) {
    const image = Math.floor(row / outHeight);
    const top = (row % outHeight) * info.strideHeight - padInfo.top;
    for (let tapY = Math.max(0, -top); tapY < Math.min(info.filterHeight, inHeight - top); tapY++) {
      const line = (image * inHeight + top + tapY) * inWidth;
      for (let tapX = 0; tapX < info.filterWidth; tapX++) {
        const shift = tapX - padInfo.left;
        const first = Math.max(0, Math.ceil(-shift / strideWidth));
        const count = Math.min(outWidth, Math.floor((inWidth - 1 - shift) / strideWidth) + 1) - first;
        if (count <= 0) continue;
        const input = line + first * strideWidth + shift;
        yield { input, output: row * outWidth + first, tap: tapY * info.filterWidth + tapX, count };
      }
    }
  }
}

/** The tensors of a gradient as bytes of the heap, pictures `[batch, height, width, channels]`. */
interface Places {
  readonly input: number;
  readonly filter: number;
  readonly output: number;
}

function filterGradient({ run }: WasmModule, info: ConvInfo, { input, filter, output }: Places): void {
  const pixel = info.inChannels * 4, step = info.strideWidth * pixel;
  for (const line of tapLines(info)) {
    const [x, dy] = [input + line.input * pixel, output + line.output * pixel];
    run.addProducts(x, step, dy, pixel, filter + line.tap * pixel, 0, line.count, pixel);
  }
}

function inputGradient({ run }: WasmModule, info: ConvInfo, { input, filter, output }: Places): void {
  const pixel = info.inChannels * 4, step = info.strideWidth * pixel;
  for (const line of tapLines(info)) {
    const [dx, dy] = [input + line.input * pixel, output + line.output * pixel];
    run.addProducts(filter + line.tap * pixel, 0, dy, pixel, dx, step, line.count, pixel);
  }
}

/** Registers the gradients of depthwise convolutions, which tfjs-backend-wasm lacks. */
export function registerDepthwiseGradients(): void {
  registerKernel<{ x: tf.TensorInfo; dy: tf.TensorInfo }, Attributes>(
    "DepthwiseConv2dNativeBackpropFilter",
    ({ backend, inputs: { x, dy }, attributes }) => {
      const info = convInfo(x.shape as Shape, attributes.filterShape, attributes);
      const made = zeros(backend, info.filterShape);
      const [input, output, filter] = [x, dy, made].map((tensor) => heapOffset(backend, tensor)) as Offsets;
      filterGradient(moduleOf(backend), info, { input, filter, output });
      return made;
    },
  );
  registerKernel<{ dy: tf.TensorInfo; filter: tf.TensorInfo }, Attributes>(
    "DepthwiseConv2dNativeBackpropInput",
    ({ backend, inputs: { dy, filter: weights }, attributes }) => {
      const info = convInfo(attributes.inputShape, weights.shape as Shape, attributes);
      const made = zeros(backend, info.inShape);
      const [input, output, filter] = [made, dy, weights].map((tensor) =>
        heapOffset(backend, tensor)
      ) as Offsets;
      inputGradient(moduleOf(backend), info, { input, filter, output });
      return made;
    },
  );
}

type Offsets = [number, number, number];

function zeros(backend: WasmBackend, shape: readonly number[]): tf.TensorInfo {
  const made = backend.makeOutput(shape, "float32");
  heapValues(backend, made).fill(0);
  return made;
}
