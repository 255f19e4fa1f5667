import * as tf from "@tensorflow/tfjs";
import { heapOffset, heapValues } from "./heap.ts";
import { moduleOf } from "./module.ts";
import { type KernelCall, registerKernel } from "./register_kernel.ts";

type PoolInfo = tf.backend_util.Conv2DInfo;

interface Attributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: "valid" | "same" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

interface Inputs {
  readonly dy: tf.TensorInfo;
  readonly input: tf.TensorInfo;
}

/** The rows and columns of the input that one window covers. */
interface Window {
  readonly image: number;
  readonly rows: readonly [first: number, end: number];
  readonly columns: readonly [first: number, end: number];
}

function clipped(start: number, size: number, length: number): [number, number] {
  return [Math.max(0, start), Math.min(length, start + size)];
}

function eachWindow(info: PoolInfo, visit: (window: Window, output: number) => void): void {
  const { batchSize, outHeight, outWidth, outChannels, padInfo } = info;
  for (let position = 0; position < batchSize * outHeight * outWidth; position++) {
    const column = position % outWidth, line = Math.floor(position / outWidth);
    const rows = clipped(
      (line % outHeight) * info.strideHeight - padInfo.top,
      info.filterHeight,
      info.inHeight,
    );
    const columns = clipped(column * info.strideWidth - padInfo.left, info.filterWidth, info.inWidth);
    visit({ image: Math.floor(line / outHeight), rows, columns }, position * outChannels);
  }
}

function gradient({ backend, inputs, attributes }: KernelCall<Inputs, Attributes>): tf.TensorInfo {
  const { dy, input } = inputs, { filterSize, strides, pad, dimRoundingMode } = attributes;
  const shape = input.shape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const made = backend.makeOutput(shape, "float32"), { run } = moduleOf(backend);
  heapValues(backend, made).fill(0);
  const [from, to, x] = [dy, made, input].map((tensor) => heapOffset(backend, tensor)) as Places;
  const pixel = info.inChannels * 4, line = info.inWidth * pixel;
  eachWindow(info, ({ image, rows, columns }, output) => {
    const first = x + (image * info.inHeight + rows[0]) * line + columns[0] * pixel;
    const [height, width] = [rows[1] - rows[0], columns[1] - columns[0]];
    run.giveToLargest(first, from + output * 4, to - x, height, width, line, pixel);
  });
  return made;
}

type Places = [number, number, number];

/**
 * Replaces tfjs-backend-wasm's gradient of max pooling, which starts its search at the smallest positive number and so
 * drops the gradient of every window that holds no positive value.
 */
export function registerMaxPoolGradient(): void {
  registerKernel("MaxPoolGrad", gradient);
}
