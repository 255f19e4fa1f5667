import * as tf from "@tensorflow/tfjs";
import type { NodeBackend } from "../node_kernels.ts";
import type { Geometry } from "./convolution_geometry.ts";
import { integers, runOne } from "./operation.ts";

/**
 * Gradients of a convolution by TensorFlow's operations for the filter and for the input. A padding that SAME does not
 * describe is put on the input first (or cut off the input's gradient): oneDNN then does the rest twice as fast as the
 * operations do it with explicit padding.
 */
export function filterGradient(
  backend: NodeBackend,
  operation: string,
  { x, dy, geometry }: { readonly x: tf.TensorInfo; readonly dy: tf.TensorInfo; readonly geometry: Geometry },
): tf.Tensor {
  return tf.tidy(() => {
    const padded = geometry.padding === "EXPLICIT" ? tf.pad(x as tf.Tensor, geometry.paddings) : x;
    const attributes = geometry.attributes(geometry.padding === "EXPLICIT" ? "VALID" : geometry.padding);
    return runOne(backend, operation, { attributes, inputs: [padded, integers(geometry.filterShape), dy] });
  });
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
    const attributes = geometry.attributes(cut ? "VALID" : geometry.padding);
    const sizes = integers(cut ? geometry.paddedShape : geometry.inputShape);
    const gradient = runOne(backend, operation, { attributes, inputs: [sizes, filter, dy] });
    const begin = geometry.paddings.map(([before]) => before);
    return cut ? tf.slice(gradient, begin, [...geometry.inputShape]) : gradient;
  });
}
