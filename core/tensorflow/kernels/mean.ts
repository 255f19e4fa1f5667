import * as tf from "@tensorflow/tfjs";
import { dataType, flag, integers, type KernelFunction, replaceKernel, runOne } from "./operation.ts";

/** tfjs-node casts integers to float32 for the mean and then names the type they had: TensorFlow refuses. */
const mean: KernelFunction = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const { axis, keepDims } = attrs as { axis: number | number[]; keepDims?: boolean };
  return tf.tidy(() =>
    runOne(backend, "Mean", {
      attributes: [flag("keep_dims", keepDims ?? false), dataType("T"), dataType("Tidx", "int32")],
      inputs: [tf.cast(x as tf.Tensor, "float32"), integers(tf.util.parseAxisParam(axis, x.shape))],
    })
  );
};

/** Means of any type, in float32. */
export function registerMean(): void {
  replaceKernel("Mean", mean);
}
