import * as tf from "@tensorflow/tfjs";
import { heapValues, type WasmBackend } from "./heap.ts";
import { transposeMatrix, transposeValues } from "./transpose.ts";
import { gatherPatches, type PatchGeometry, scatterPatches } from "./patches.ts";

type ConvInfo = tf.backend_util.Conv2DInfo;
type Pad = Parameters<typeof tf.backend_util.computeConv2DInfo>[4];

interface ConvAttributes {
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly dataFormat: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Floats that a patch matrix may take: pictures are handled in groups so that 1024-pixel inputs fit the heap. */
const PATCH_FLOATS = 1 << 22;

function convInfo(inShape: number[], filterShape: number[], attributes: ConvAttributes): ConvInfo {
  const { strides, pad, dimRoundingMode, dataFormat } = attributes;
  if (dataFormat !== "NHWC") {
    throw new Error(`Convolution gradients are written for NHWC, received ${dataFormat}`);
  }
  const shapes = [inShape, filterShape] as [
    [number, number, number, number],
    [number, number, number, number],
  ];
  return tf.backend_util.computeConv2DInfo(...shapes, strides, 1, pad, dimRoundingMode);
}

function geometryOf(info: ConvInfo): PatchGeometry {
  return {
    height: info.inHeight,
    width: info.inWidth,
    channels: info.inChannels,
    kernelHeight: info.filterHeight,
    kernelWidth: info.filterWidth,
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    top: info.padInfo.top,
    left: info.padInfo.left,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
  };
}

function isPointwise(info: ConvInfo): boolean {
  const { padInfo, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const sizes = [filterHeight, filterWidth, strideHeight, strideWidth];
  return sizes.every((size) => size === 1) &&
    padInfo.top + padInfo.left + padInfo.bottom + padInfo.right === 0;
}

function patchColumns(info: ConvInfo): number {
  return info.filterHeight * info.filterWidth * info.inChannels;
}

/** How many pictures are handled at once. */
function groupSize(info: ConvInfo): number {
  const perPicture = info.outHeight * info.outWidth * patchColumns(info);
  return Math.max(1, Math.min(info.batchSize, Math.floor(PATCH_FLOATS / perPicture)));
}

/** The patches of pictures `first` to `first + count` as `[count * positions, columns]`. */
function patchesOf(
  backend: WasmBackend,
  x: tf.Tensor4D,
  at: { info: ConvInfo; first: number; count: number },
): tf.Tensor2D {
  const { info, first, count } = at;
  const rows = info.outHeight * info.outWidth;
  const made = backend.makeOutput([count * rows, patchColumns(info)], "float32");
  const [picture, patches] = [heapValues(backend, x), heapValues(backend, made)];
  const [pictureSize, patchSize] = [
    info.inHeight * info.inWidth * info.inChannels,
    rows * patchColumns(info),
  ];
  for (let index = 0; index < count; index++) {
    const from = picture.subarray((first + index) * pictureSize, (first + index + 1) * pictureSize);
    gatherPatches(from, patches.subarray(index * patchSize, (index + 1) * patchSize), geometryOf(info));
  }
  return tf.engine().makeTensorFromTensorInfo(made) as tf.Tensor2D;
}

/** One group's product of output gradients and patches: `[columns, filters]`, or turned `[filters, columns]`. */
interface FilterProduct {
  readonly patches: tf.Tensor2D;
  readonly gradients: tf.Tensor2D;
  readonly turned: boolean;
}

function filterProduct(backend: WasmBackend, { patches, gradients, turned }: FilterProduct): tf.Tensor2D {
  return turned
    ? tf.matMul(transposeMatrix(backend, gradients), patches)
    : tf.matMul(transposeMatrix(backend, patches), gradients);
}

/**
 * The filter's gradient as matrix products of output gradients and patches. XNNPACK wants rows times columns, so one
 * operand is transposed: the patches where they are few (late layers), else the gradients and then the product.
 */
function filterGradient(
  backend: WasmBackend,
  x: tf.Tensor4D,
  at: { dy: tf.Tensor4D; info: ConvInfo },
): tf.Tensor4D {
  const { dy, info } = at;
  const pointwise = isPointwise(info);
  const step = pointwise ? info.batchSize : groupSize(info);
  const rows = info.outHeight * info.outWidth, columns = patchColumns(info), filters = info.outChannels;
  const total = info.batchSize * rows;
  const turned = total * columns > total * filters + columns * filters;
  const flat = dy.reshape([total, filters]) as tf.Tensor2D;
  let sum: tf.Tensor2D | null = null;
  for (let first = 0; first < info.batchSize; first += step) {
    const count = Math.min(step, info.batchSize - first);
    const part: tf.Tensor2D = tf.tidy(() => {
      const patches = pointwise
        ? x.reshape([total, info.inChannels]) as tf.Tensor2D
        : patchesOf(backend, x, { info, first, count });
      const gradients = flat.slice([first * rows, 0], [count * rows, filters]);
      const product = filterProduct(backend, { patches, gradients, turned });
      return sum ? sum.add(product) : product;
    });
    sum?.dispose();
    sum = part;
  }
  return (turned ? transposeMatrix(backend, sum!) : sum!).reshape(info.filterShape) as tf.Tensor4D;
}

/** The filter turned by half a turn, `[height, width, filters, channels]`; tf.reverse takes longer than a convolution. */
function turnFilter(backend: WasmBackend, filter: tf.Tensor4D): tf.Tensor4D {
  const [height, width, channels, filters] = filter.shape;
  const made = backend.makeOutput([height, width, filters, channels], "float32");
  const [from, to] = [heapValues(backend, filter), heapValues(backend, made)];
  const size = channels * filters, last = height * width - 1;
  for (let tap = 0; tap <= last; tap++) {
    const target = to.subarray((last - tap) * size, (last - tap + 1) * size);
    transposeValues(from.subarray(tap * size, (tap + 1) * size), target, filters);
  }
  return tf.engine().makeTensorFromTensorInfo(made) as tf.Tensor4D;
}

/** The zeros that a side of the output's gradient needs on both ends, for stride 1. */
function turnedPadding(
  side: { kernel: number; before: number; out: number; length: number },
): [number, number] {
  const start = side.kernel - 1 - side.before;
  return [start, side.length - side.out - start + side.kernel - 1];
}

/** Stride 1: the convolution of the output's gradient with the filter turned by half a turn. */
function inputGradientByConvolution(
  backend: WasmBackend,
  dy: tf.Tensor4D,
  at: { filter: tf.Tensor4D; info: ConvInfo },
): tf.Tensor4D {
  const { padInfo, filterHeight, filterWidth, outHeight, outWidth, inHeight, inWidth } = at.info;
  const vertical = turnedPadding({
    kernel: filterHeight,
    before: padInfo.top,
    out: outHeight,
    length: inHeight,
  });
  const horizontal = turnedPadding({
    kernel: filterWidth,
    before: padInfo.left,
    out: outWidth,
    length: inWidth,
  });
  return tf.conv2d(dy, turnFilter(backend, at.filter), 1, [[0, 0], vertical, horizontal, [0, 0]]);
}

/** Any stride: the gradients of the patches, added onto the picture. */
function inputGradientByPatches(
  backend: WasmBackend,
  dy: tf.Tensor4D,
  at: { filter: tf.Tensor4D; info: ConvInfo },
): tf.TensorInfo {
  const { filter, info } = at;
  const made = backend.makeOutput(info.inShape, "float32");
  heapValues(backend, made).fill(0);
  const [rows, columns, step] = [info.outHeight * info.outWidth, patchColumns(info), groupSize(info)];
  const pictureSize = info.inHeight * info.inWidth * info.inChannels;
  const weights = transposeMatrix(backend, filter.reshape([columns, info.outChannels]) as tf.Tensor2D);
  const flat = dy.reshape([info.batchSize * rows, info.outChannels]) as tf.Tensor2D;
  for (let first = 0; first < info.batchSize; first += step) {
    const count = Math.min(step, info.batchSize - first);
    const product = tf.tidy(() =>
      tf.matMul(flat.slice([first * rows, 0], [count * rows, info.outChannels]), weights)
    );
    const [patches, picture] = [heapValues(backend, product), heapValues(backend, made)];
    for (let index = 0; index < count; index++) {
      const target = picture.subarray((first + index) * pictureSize, (first + index + 1) * pictureSize);
      scatterPatches(
        patches.subarray(index * rows * columns, (index + 1) * rows * columns),
        target,
        geometryOf(info),
      );
    }
    product.dispose();
  }
  return made;
}

function inputGradient(
  backend: WasmBackend,
  dy: tf.Tensor4D,
  at: { filter: tf.Tensor4D; info: ConvInfo },
): tf.TensorInfo {
  const { info } = at;
  const { padInfo, filterHeight, filterWidth } = info;
  const fits = padInfo.top < filterHeight && padInfo.left < filterWidth && padInfo.bottom < filterHeight &&
    padInfo.right < filterWidth;
  if (info.strideHeight === 1 && info.strideWidth === 1 && fits) {
    return inputGradientByConvolution(backend, dy, at);
  }
  return inputGradientByPatches(backend, dy, at);
}

/** Registers Conv2DBackpropFilter, which tfjs-backend-wasm lacks, and a Conv2DBackpropInput ten times as fast. */
export function registerConvGradients(): void {
  tf.registerKernel({
    kernelName: "Conv2DBackpropFilter",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, dy } = inputs as unknown as { x: tf.Tensor4D; dy: tf.Tensor4D };
      const info = convInfo(
        x.shape,
        (attrs as unknown as { filterShape: number[] }).filterShape,
        attrs as unknown as ConvAttributes,
      );
      return tf.tidy(() => filterGradient(backend as WasmBackend, x, { dy, info }));
    },
  });
  tf.unregisterKernel("Conv2DBackpropInput", "wasm");
  tf.registerKernel({
    kernelName: "Conv2DBackpropInput",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, filter } = inputs as unknown as { dy: tf.Tensor4D; filter: tf.Tensor4D };
      const info = convInfo(
        (attrs as unknown as { inputShape: number[] }).inputShape,
        filter.shape,
        attrs as unknown as ConvAttributes,
      );
      return tf.tidy(() => inputGradient(backend as WasmBackend, dy, { filter, info }) as tf.Tensor);
    },
  });
}
