import type * as tf from "@tensorflow/tfjs";
import type { NodeBackend } from "../node_backend.ts";
import type { Geometry } from "./convolution_geometry.ts";
import { NativeOperations } from "./native_operations.ts";
import { dataType, flag } from "./operation.ts";

/** The fewest channels and filters for which the products saved outweigh the passes over memory of the transforms. */
const FEWEST = 256;

/** Outputs per side of a tile, and inputs. */
const OUTPUTS = 2, INPUTS = 4;

/** The transforms of one side: of inputs, filter and outputs (Lavin and Gray, arXiv:1509.09308, section 4.1). */
const INPUT = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]];
const FILTER = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]];
const OUTPUT = [[1, 1, 1, 0], [0, 1, -1, -1]];

/** The form of a filter that {@link winograd} multiplies with. */
const TILES = "tiles";

/** A convolution. */
export interface Convolution {
  readonly filter: tf.TensorInfo;
  readonly geometry: Geometry;
}

/** Both sides' transform as one matrix: the Kronecker product with itself. */
function ofBothSides(side: readonly (readonly number[])[]): number[][] {
  return side.flatMap((a) => side.map((b) => a.flatMap((x) => b.map((y) => x * y))));
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

/** Sizes of the output, and how many tiles cover it. */
interface Grid {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * A 3x3 convolution by Winograd's minimal filtering F(2x2, 3x3): tiles of two by two outputs, with 16 products for each
 * pair of channel and filter instead of 36. In float32 it is closer to the exact result than the convolution that sums nine
 * times as many terms. It is not offered in bfloat16, which would round the transformed inputs and products as well: the
 * error of a layer was twice as large, and two threads took as long.
 *
 * @param operations in float32
 * @param x number of the input
 * @returns number of the output
 */
export function winograd(operations: NativeOperations, x: number, { filter, geometry }: Convolution): number {
  const [, , channels, filters] = filter.shape as [number, number, number, number];
  const [batch, height, width] = geometry.outputShape as [number, number, number, number];
  const [rows, columns] = [Math.ceil(height / OUTPUTS), Math.ceil(width / OUTPUTS)];
  const grid: Grid = { batch, height, width, rows, columns };
  const transform = (side: readonly (readonly number[])[], of: number) =>
    operations.multiply(operations.matrix(ofBothSides(side)), operations.reshape(of, [INPUTS ** 2, -1]));

  const inputs = transform(INPUT, tiles(operations, x, { geometry, grid }));
  const products = operations.run(
    "BatchMatMulV2",
    [dataType("T", operations.type), flag("adj_x", false), flag("adj_y", false)],
    [operations.reshape(inputs, [INPUTS ** 2, -1, channels]), transformed(operations, filter)],
  );
  const outputs = operations.reshape(transform(OUTPUT, products), [-1, filters]);
  return operations.reshape(
    operations.rows(outputs, pixels(operations, grid)),
    [batch, height, width, filters],
  );
}

/** The numbers from 0 to a count. */
function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The inputs of all tiles, which overlap: `[16, batch, tiles]` as rows of channels. */
function tiles(
  operations: NativeOperations,
  x: number,
  { geometry, grid: { batch, rows, columns } }: { readonly geometry: Geometry; readonly grid: Grid },
): number {
  const [, inputHeight, inputWidth, channels] = geometry.inputShape as [number, number, number, number];
  const [height, width] = [OUTPUTS * (rows + 1), OUTPUTS * (columns + 1)];
  const [top, left] = [geometry.paddings[1]![0], geometry.paddings[2]![0]];
  const padded = operations.pad(x, [
    [0, 0],
    [top, height - inputHeight - top],
    [left, width - inputWidth - left],
    [0, 0],
  ]);
  const inImage = upTo(INPUTS).flatMap((i) =>
    upTo(INPUTS).flatMap((j) =>
      upTo(rows).flatMap((row) =>
        upTo(columns).map((column) => (OUTPUTS * row + i) * width + OUTPUTS * column + j)
      )
    )
  );
  const places = operations.add(
    operations.integers(inImage, [INPUTS ** 2, 1, rows * columns]),
    operations.integers(upTo(batch).map((image) => image * height * width), [batch, 1]),
    "int32",
  );
  return operations.rows(operations.reshape(padded, [-1, channels]), places);
}

/** For each pixel of the output, its row in `[4, batch, tiles]`. */
function pixels(operations: NativeOperations, { batch, height, width, rows, columns }: Grid): number {
  const inImage = upTo(height).flatMap((y) =>
    upTo(width).map((x) => {
      const place = (y % OUTPUTS) * OUTPUTS + x % OUTPUTS;
      const tile = Math.floor(y / OUTPUTS) * columns + Math.floor(x / OUTPUTS);
      return place * batch * rows * columns + tile;
    })
  );
  return operations.add(
    operations.integers(upTo(batch).map((image) => image * rows * columns), [batch, 1]),
    operations.integers(inImage, [1, height * width]),
    "int32",
  );
}

/**
 * Number of the transformed filter, `[16, channels, filters]`. It is made once, outside of the recording, which is then
 * given it in each run; it lives as long as the filter.
 */
function transformed({ backend }: NativeOperations, filter: tf.TensorInfo): number {
  const { binding } = backend, { tape, tensors } = binding;
  const [id] = backend.getInputTensorIds([filter]);
  const known = tensors.attached(id!, TILES);
  if (known !== null) return known;
  const [height, width, channels, filters] = filter.shape as [number, number, number, number];
  const operations = new NativeOperations(backend, "float32");
  binding.tape = null;
  try {
    const sides = operations.reshape(id!, [height * width, channels * filters]);
    const product = operations.multiply(operations.matrix(ofBothSides(FILTER)), sides);
    const shaped = operations.reshape(product, [INPUTS ** 2, channels, filters]);
    const attached = operations.end(shaped).id;
    tensors.attach(id!, { attached, form: TILES });
    return attached;
  } finally {
    binding.tape = tape;
  }
}
