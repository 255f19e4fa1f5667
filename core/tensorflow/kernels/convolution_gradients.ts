import * as tf from "@tensorflow/tfjs";
import type { NodeBackend } from "../node_backend.ts";
import type { Geometry } from "./convolution_geometry.ts";
import { integers, runOne } from "./operation.ts";

/**
 * Gradients of a convolution by TensorFlow's operations for the filter and for the input. A padding that is not
 * SAME is added to the input first (or cut off the input's gradient): oneDNN is then twice as fast as the operations with
 * explicit padding.
 */
export function filterGradient(
  backend: NodeBackend,
  operation: string,
  { x, dy, geometry }: { readonly x: tf.TensorInfo; readonly dy: tf.TensorInfo; readonly geometry: Geometry },
): tf.Tensor {
  return tf.tidy(() => {
    const explicit = geometry.padding === "EXPLICIT";
    const padded = explicit ? tf.pad(x as tf.Tensor, geometry.paddings) : x as tf.Tensor;
    const skips = geometry.isPointwise && geometry.strides.some((stride) => stride > 1);
    const seen = skips ? seenByPoints(padded, geometry.strides) : padded;
    const attributes = geometry.attributes({
      padding: explicit ? "VALID" : geometry.padding,
      strides: skips ? [1, 1, 1, 1] : geometry.strides,
    });
    return runOne(backend, operation, { attributes, inputs: [seen, integers(geometry.filterShape), dy] });
  });
}

/**
 * The positions of an input that a 1x1 filter with strides reads. oneDNN's own way to skip the others in the filter's
 * gradient has a race: TensorFlow 2.21 with two threads, fewer than 16 channels and an odd batch gives wrong sums or
 * writes past its memory.
 */
function seenByPoints(x: tf.Tensor, strides: readonly number[]): tf.Tensor {
  return tf.stridedSlice(x, x.shape.map(() => 0), x.shape, [...strides]);
}

/** See {@link filterGradient}. */
export function inputGradient(
  backend: NodeBackend,
  operation: string,
  parts: { readonly dy: tf.TensorInfo; readonly filter: tf.TensorInfo; readonly geometry: Geometry },
): tf.Tensor {
  const { dy, filter, geometry } = parts;
  return tf.tidy(() => {
    const cut = geometry.padding === "EXPLICIT";
    const attributes = geometry.attributes({ padding: cut ? "VALID" : geometry.padding });
    const sizes = integers(cut ? geometry.paddedShape : geometry.inputShape);
    const gradient = runOne(backend, operation, { attributes, inputs: [sizes, filter, dy] });
    const begin = geometry.paddings.map(([before]) => before);
    return cut ? tf.slice(gradient, begin, [...geometry.inputShape]) : gradient;
  });
}
