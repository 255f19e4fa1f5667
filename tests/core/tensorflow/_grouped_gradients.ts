/** Run as a program of its own: twice the gradient by x of a convolution in two groups, each filter worth its number. */
import * as tf from "@tensorflow/tfjs";
import { GROUPED_CONV_INPUT, runKernel } from "../../../core/nn/kernels/layer_kernels.ts";
import { startTensorflow } from "../../../core/tensorflow/backend.ts";

function gradient(): number[] {
  return tf.tidy(() => {
    const filter = tf.tensor4d([1, 2, 3, 4, 1, 2, 3, 4], [1, 1, 2, 4]);
    const attributes = { inputShape: [1, 1, 1, 4], groups: 2, strides: [1, 1], padding: [0, 0, 0, 0] };
    const [dx] = runKernel(GROUPED_CONV_INPUT, { dy: tf.ones([1, 1, 1, 4]), filter }, attributes);
    return [...dx!.dataSync()];
  });
}

await startTensorflow({ threads: 1, growGpuMemory: true });
await Deno.stdout.write(new TextEncoder().encode(`\n${JSON.stringify([gradient(), gradient()])}\n`));
