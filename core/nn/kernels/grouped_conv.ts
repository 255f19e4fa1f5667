import * as tf from "@tensorflow/tfjs";
import type { GroupedConvSettings } from "./grouped_conv_composed.ts";
import { GROUPED_CONV, GROUPED_CONV_FILTER, GROUPED_CONV_INPUT, runKernel } from "./layer_kernels.ts";

tf.registerGradient({
  kernelName: GROUPED_CONV,
  inputsToSave: ["x", "filter"],
  gradFunc: (dy, saved, attributes) => {
    const [x, filter] = saved as [tf.Tensor, tf.Tensor];
    return {
      x: () => runKernel(GROUPED_CONV_INPUT, { dy, filter }, { ...attributes, inputShape: x.shape })[0]!,
      filter: () =>
        runKernel(GROUPED_CONV_FILTER, { dy, x }, { ...attributes, filterShape: filter.shape })[0]!,
    };
  },
});

/**
 * A grouped convolution (torch's `groups`): the filters of a group read the channels of that group only.
 *
 * @param x `[batch, height, width, channels]`
 * @param filter `[height, width, channels / groups, filters]`, the filters of one group side by side
 */
export function groupedConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  settings: GroupedConvSettings,
): tf.Tensor4D {
  return runKernel(GROUPED_CONV, { x, filter }, settings)[0] as tf.Tensor4D;
}
