import * as tf from "@tensorflow/tfjs";
import { convolveFilter } from "./convolve.ts";
import { heapOffset, type WasmBackend } from "./heap.ts";
import { moduleOf } from "./module.ts";
import { packer } from "./row_product.ts";
import { type KernelCall, registerKernel } from "./register_kernel.ts";
import { runShared } from "./team.ts";
import { productShape } from "./walk.ts";

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Two matrices and their product on the heap, `[rows, inner]` times `[inner, columns]`, either one transposed. */
interface Matrices extends Attributes {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly a: number;
  readonly b: number;
  readonly to: number;
}

/** A product is a 1x1 convolution whose pixels are the rows, or one of its gradients where a matrix is transposed. */
function multiplyMatrices(backend: WasmBackend, at: Matrices): void {
  const { rows, inner, columns, a, b, to, transposeA, transposeB } = at;
  if (transposeA && transposeB) {
    const module = moduleOf(backend);
    const pack = packer(module, { from: b, rowBytes: inner * 4, tapBytes: 0, turned: true });
    convolveFilter(module, productShape(inner, rows, columns), { x: a, y: b, filter: to, pack });
  } else if (transposeA) {
    const shape = productShape(inner, rows, columns);
    runShared(backend, { kind: "convolveFilter", shape, places: { x: a, y: b, filter: to } });
  } else if (transposeB) {
    const shape = productShape(rows, columns, inner);
    runShared(backend, { kind: "convolveBack", shape, places: { y: a, filter: b, x: to } });
  } else {
    const shape = productShape(rows, inner, columns);
    runShared(backend, { kind: "convolve", shape, places: { x: a, filter: b, y: to } });
  }
}

interface Inputs {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
}

/** A stack of matrices as it enters the product. */
interface Stack {
  readonly stack: number[];
  readonly rows: number;
  readonly columns: number;
}

function stackOf({ shape, dtype }: tf.TensorInfo, turned: boolean): Stack {
  if (dtype !== "float32") {
    throw new Error(`Matrices of non-float32 values (${dtype}) are not multiplied on wasm`);
  }
  const [last, beforeLast] = [shape.at(-1)!, shape.at(-2)!];
  const [rows, columns] = turned ? [last, beforeLast] : [beforeLast, last];
  return { stack: shape.slice(0, -2), rows, columns };
}

/** The byte offset of the matrix that enters product `index` of the stack `out`: dimensions of 1 are broadcast. */
function matrixAt({ stack, rows, columns }: Stack, out: readonly number[], index: number): number {
  const place = tf.util.indexToLoc(index, out.length, tf.util.computeStrides([...out, 1]));
  const own = stack.map((side, axis) => side === 1 ? 0 : place[axis + out.length - stack.length]!);
  return own.reduce((sum, at, axis) => sum * stack[axis]! + at, 0) * rows * columns * 4;
}

function product({ backend, inputs, attributes }: KernelCall<Inputs, Attributes>): tf.TensorInfo {
  const a = stackOf(inputs.a, attributes.transposeA), b = stackOf(inputs.b, attributes.transposeB);
  if (a.columns !== b.rows) {
    throw new Error(`Matrices of ${a.rows} x ${a.columns} and ${b.rows} x ${b.columns} do not fit`);
  }
  const stack = tf.broadcast_util.assertAndGetBroadcastShape(a.stack, b.stack);
  const made = backend.makeOutput([...stack, a.rows, b.columns], "float32");
  const at = (info: tf.TensorInfo) => heapOffset(backend, info);
  const sizes = { rows: a.rows, inner: a.columns, columns: b.columns };
  for (let index = 0; index < tf.util.sizeFromShape(stack); index++) {
    multiplyMatrices(backend, {
      ...attributes,
      ...sizes,
      a: at(inputs.a) + matrixAt(a, stack, index),
      b: at(inputs.b) + matrixAt(b, stack, index),
      to: at(made) + index * sizes.rows * sizes.columns * 4,
    });
  }
  return made;
}

/** Registers products of matrices, `[..., rows, inner]` times `[..., inner, columns]`. */
export function registerMatMul(): void {
  registerKernel("BatchMatMul", product);
}
