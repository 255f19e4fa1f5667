/** How the axes of a parameter lie in TensorFlow and in PyTorch. */
export interface ParameterLayout {
  /** PyTorch's axis i is TensorFlow's axis `toTorch[i]`; null when they lie alike. */
  readonly toTorch: readonly number[] | null;
}

/** Vectors and scalars lie alike. */
export const VECTOR: ParameterLayout = { toTorch: null };
/** `[height, width, channels / groups, filters]` is `(filters, channels / groups, height, width)` in PyTorch. */
export const CONVOLUTION: ParameterLayout = { toTorch: [3, 2, 0, 1] };
/** `[height, width, channels, 1]` is `(channels, 1, height, width)` in PyTorch. */
export const DEPTHWISE: ParameterLayout = { toTorch: [2, 3, 0, 1] };
/** `[inputs, outputs]` is `(outputs, inputs)` in PyTorch. */
export const LINEAR: ParameterLayout = { toTorch: [1, 0] };

/** A shape with its axes in another order: side i of the result is side `order[i]`. */
export function permuteShape(shape: readonly number[], order: readonly number[] | null): number[] {
  return order === null ? [...shape] : order.map((axis) => shape[axis]!);
}

/** The order that undoes another. */
export function inverseOrder(order: readonly number[] | null): number[] | null {
  return order === null ? null : order.map((_, axis) => order.indexOf(axis));
}

/**
 * Values with their axes in another order, both in C order.
 *
 * @param shape the shape of `values`
 * @param order axis i of the result is axis `order[i]` of `values`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const values = Float32Array.of(1, 2, 3, 4, 5, 6); // [2, 3]
 * assertEquals([...permuteValues(values, [2, 3], [1, 0])], [1, 4, 2, 5, 3, 6]);
 * ```
 */
export function permuteValues(
  values: Float32Array,
  shape: readonly number[],
  order: readonly number[] | null,
): Float32Array {
  if (order === null) return values.slice();
  const sides = permuteShape(shape, order);
  const strides = order.map((axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const permuted = new Float32Array(values.length);
  const outer = sides.slice(0, -1), index = outer.map(() => 0);
  const inner = sides.at(-1)!, stride = strides.at(-1)!;
  let source = 0;
  for (let start = 0; start < permuted.length; start += inner) {
    for (let i = 0, from = source; i < inner; i++, from += stride) permuted[start + i] = values[from]!;
    let axis = outer.length - 1;
    for (; axis > 0 && index[axis] === outer[axis]! - 1; axis--) {
      source -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
    index[axis]! += 1;
    source += strides[axis]!;
  }
  return permuted;
}
