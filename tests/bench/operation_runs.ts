import * as tf from "@tensorflow/tfjs";
import { OPERATION_BATCH, OPERATIONS, type OperationWorkload, type Runs } from "./workload.ts";

async function finish(result: tf.Tensor): Promise<void> {
  // One number is read, so that a GPU's queue is emptied without copying the result.
  const number = tf.tidy(() => tf.slice(tf.reshape(result, [-1]), 0, 1));
  await number.data();
  tf.dispose([result, number]);
}

function convolutionRuns(operation: OperationWorkload): Runs {
  const { name, size, inputs, outputs, kernel, stride } = operation;
  const x = tf.randomUniform([OPERATION_BATCH, size, size, inputs], -1, 1) as tf.Tensor4D;
  const filter = tf.randomUniform([kernel, kernel, inputs, outputs], -1, 1) as tf.Tensor4D;
  const side = (kernel - 1) / 2;
  const pad: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [side, side],
    [side, side],
    [0, 0],
  ];
  const dy = tf.keep(tf.conv2d(x, filter, stride, pad));
  const attributes = { strides: stride, pad, dataFormat: "NHWC" };
  const run = (kernelName: string, given: object, more: object = {}) =>
    tf.engine().runKernel(
      kernelName,
      given as tf.NamedTensorMap,
      { ...attributes, ...more } as tf.NamedAttrMap,
    );
  return {
    [name]: () => finish(tf.conv2d(x, filter, stride, pad)),
    [`${name} dx`]: () =>
      finish(run("Conv2DBackpropInput", { dy, filter }, { inputShape: x.shape }) as tf.Tensor),
    [`${name} dw`]: () =>
      finish(run("Conv2DBackpropFilter", { x, dy }, { filterShape: filter.shape }) as tf.Tensor),
  };
}

function productRuns({ name, size }: OperationWorkload): Runs {
  const [a, b] = [0, 1].map(() => tf.randomUniform([size, size], -1, 1) as tf.Tensor2D) as [
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  return { [name]: () => finish(tf.matMul(a, b)) };
}

/** Forward pass and both gradients of every convolution, and the matrix product. */
export function operationRuns(): Runs {
  const runs = OPERATIONS.map((operation) =>
    operation.kind === "conv2d" ? convolutionRuns(operation) : productRuns(operation)
  );
  return Object.assign({}, ...runs);
}
