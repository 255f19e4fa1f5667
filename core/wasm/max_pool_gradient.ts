import * as tf from "@tensorflow/tfjs";
import { heapValues, type WasmBackend } from "./heap.ts";

type PoolInfo = tf.backend_util.Conv2DInfo;

interface Attributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: "valid" | "same" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
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

/** Gives each channel's share of one output position to the first largest value of its window. */
function giveToWinners(
  { x, dy, dx }: { x: Float32Array; dy: Float32Array; dx: Float32Array },
  info: PoolInfo,
  { window, output }: { window: Window; output: number },
): void {
  const { inWidth, inHeight, inChannels: channels } = info;
  for (let channel = 0; channel < channels; channel++) {
    let winner = -1;
    for (let row = window.rows[0]; row < window.rows[1]; row++) {
      for (let column = window.columns[0]; column < window.columns[1]; column++) {
        const at = ((window.image * inHeight + row) * inWidth + column) * channels + channel;
        if (winner < 0 || x[at]! > x[winner]!) winner = at;
      }
    }
    dx[winner]! += dy[output + channel]!;
  }
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

/**
 * Replaces tfjs-backend-wasm's gradient of max pooling, which starts its search at the smallest positive number and so
 * drops the gradient of every window that holds no positive value.
 */
export function registerMaxPoolGradient(): void {
  tf.unregisterKernel("MaxPoolGrad", "wasm");
  tf.registerKernel({
    kernelName: "MaxPoolGrad",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, input } = inputs as unknown as { dy: tf.TensorInfo; input: tf.TensorInfo };
      const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as Attributes;
      const shape = input.shape as [number, number, number, number];
      const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
      const made = (backend as WasmBackend).makeOutput(shape, "float32");
      const values = (tensor: tf.TensorInfo) => heapValues(backend as WasmBackend, tensor);
      const arrays = { x: values(input), dy: values(dy), dx: values(made) };
      arrays.dx.fill(0);
      eachWindow(info, (window, output) => giveToWinners(arrays, info, { window, output }));
      return made;
    },
  });
}
