import * as tf from "@tensorflow/tfjs";
import { DATA_TYPES } from "../data_types.ts";
import type { NodeBackend } from "../node_backend.ts";
import type { Geometry } from "./convolution_geometry.ts";
import { dataType, flag } from "./operation.ts";

/** The fewest channels and filters for which the products saved outweigh the passes over memory of the transforms. */
const FEWEST = 256;

/** Outputs per side of a tile, and inputs. */
const OUTPUTS = 2, INPUTS = 4;

/** The transforms of one side: of inputs, filter and outputs (Lavin and Gray, arXiv:1509.09308, section 4.1). */
const INPUT = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]];
const FILTER = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]];
const OUTPUT = [[1, 1, 1, 0], [0, 1, -1, -1]];

/** A convolution. */
export interface Convolution {
  readonly x: tf.TensorInfo;
  readonly filter: tf.TensorInfo;
  readonly geometry: Geometry;
}

/** Both sides' transform as one matrix: the Kronecker product with itself. */
function ofBothSides(side: readonly (readonly number[])[]): tf.Tensor2D {
  return tf.tensor2d(side.flatMap((a) => side.map((b) => a.flatMap((x) => b.map((y) => x * y)))));
}

/** Whether {@link winograd} is the faster way: the filter has to stay the same from run to run, as in inference. */
export function prefersWinograd(backend: NodeBackend, { filter, geometry }: Convolution): boolean {
  if (backend.isUsingGpuDevice || !geometry.channelsLast || !geometry.isThreeByThree) return false;
  const [, , channels, filters] = filter.shape as [number, number, number, number];
  const [, height, width] = geometry.outputShape;
  if (Math.min(channels, filters) < FEWEST || Math.min(height!, width!) < INPUTS) return false;
  const [id] = backend.getInputTensorIds([filter]);
  return backend.binding.tape?.isOutside(id!) ?? false;
}

/**
 * A 3x3 convolution in float32 by Winograd's minimal filtering F(2x2, 3x3): tiles of two by two outputs, with 16 products
 * for each pair of channel and filter instead of 36. It sums as many terms per output as there are channels, and is
 * closer to the exact result than the convolution that sums nine times as many.
 */
export function winograd(backend: NodeBackend, convolution: Convolution): tf.Tensor {
  const { x, filter, geometry } = convolution;
  const [, , channels, filters] = filter.shape as [number, number, number, number];
  const [batch, height, width] = geometry.outputShape;
  const grid: Grid = {
    batch: batch!,
    height: height!,
    width: width!,
    rows: Math.ceil(height! / OUTPUTS),
    columns: Math.ceil(width! / OUTPUTS),
  };
  return tf.tidy(() => {
    const tiles = tilesOf(x as tf.Tensor4D, geometry, grid);
    const inputs = tf.matMul(ofBothSides(INPUT), tf.reshape(tiles, [INPUTS ** 2, -1]));
    const products = multiplied(backend, tf.reshape(inputs, [INPUTS ** 2, -1, channels]), filter);
    const outputs = tf.matMul(ofBothSides(OUTPUT), tf.reshape(products, [INPUTS ** 2, -1]));
    const pixels = tf.gather(tf.reshape(outputs, [-1, filters]), outputPlaces(grid));
    return tf.reshape(pixels, [grid.batch, grid.height, grid.width, filters]);
  });
}

type Pair = [number, number];

/** Sizes of the output, and how many tiles cover it. */
interface Grid {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly rows: number;
  readonly columns: number;
}

/** The numbers from 0 to a count. */
function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The inputs of all tiles, which overlap: `[16, batch, tiles, channels]` as rows of a matrix. */
function tilesOf(x: tf.Tensor4D, geometry: Geometry, { batch, rows, columns }: Grid): tf.Tensor {
  const [, [top], [left]] = geometry.paddings as [Pair, Pair, Pair];
  const [height, width] = [OUTPUTS * rows + 2, OUTPUTS * columns + 2];
  const [, inputHeight, inputWidth, channels] = x.shape;
  const padded = tf.pad(x, [
    [0, 0],
    [top, height - inputHeight - top],
    [left, width - inputWidth - left],
    [0, 0],
  ]);
  const inImage = upTo(INPUTS).flatMap((i) =>
    upTo(INPUTS).map((
      j,
    ) => [
      upTo(rows).flatMap((row) =>
        upTo(columns).map((column) => (OUTPUTS * row + i) * width + OUTPUTS * column + j)
      ),
    ])
  );
  const images = upTo(batch).map((image) => image * height * width);
  const places = tf.add(
    tf.tensor3d(inImage, undefined, "int32"),
    tf.tensor3d(images, [1, batch, 1], "int32"),
  );
  return tf.gather(tf.reshape(padded, [-1, channels]), tf.reshape(places, [-1]));
}

/** For each pixel of the output, its row in `[4, batch, tiles]`. */
function outputPlaces({ batch, height, width, rows, columns }: Grid): tf.Tensor1D {
  const tiles = rows * columns;
  const inImage = upTo(height).flatMap((y) =>
    upTo(width).map((x) => {
      const place = (y % OUTPUTS) * OUTPUTS + x % OUTPUTS;
      return place * batch * tiles + Math.floor(y / OUTPUTS) * columns + Math.floor(x / OUTPUTS);
    })
  );
  const images = upTo(batch).map((image) => image * tiles);
  return tf.reshape(
    tf.add(tf.tensor2d(images, [batch, 1], "int32"), tf.tensor2d(inImage, [1, height * width], "int32")),
    [-1],
  );
}

/** Products of the inputs, `[16, tiles, channels]`, with the transformed filter. */
function multiplied(backend: NodeBackend, inputs: tf.Tensor, filter: tf.TensorInfo): tf.Tensor {
  const attributes = [dataType("T"), flag("adj_x", false), flag("adj_y", false)];
  const [id] = backend.getInputTensorIds([inputs]);
  const given = [id!, transformed(backend, filter)];
  return backend.createOutputTensor(backend.binding.executeOp("BatchMatMulV2", attributes, given, 1)[0]!);
}

/**
 * Number of the transformed filter, `[16, channels, filters]`. It is made once, outside of the recording, which is then
 * given it in each run; it lives as long as the filter.
 */
function transformed(backend: NodeBackend, filter: tf.TensorInfo): number {
  const { binding } = backend, { tape, tensors } = binding;
  const [id] = backend.getInputTensorIds([filter]);
  const known = tensors.attached(id!, DATA_TYPES.float32);
  if (known !== null) return known;
  binding.tape = null;
  try {
    const [height, width, channels, filters] = filter.shape as [number, number, number, number];
    const attached = tf.tidy(() => {
      const sides = tf.reshape(filter as tf.Tensor, [height * width, -1]);
      const product = tf.reshape(tf.matMul(ofBothSides(FILTER), sides), [INPUTS ** 2, channels, filters]);
      return binding.executeOp("Identity", [dataType("T")], backend.getInputTensorIds([product]), 1)[0]!.id;
    });
    tensors.attach(id!, { attached, dataType: DATA_TYPES.float32 });
    return attached;
  } finally {
    binding.tape = tape;
  }
}
