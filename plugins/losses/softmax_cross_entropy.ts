import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import type { Loss } from "../../core/plugin/contracts.ts";
import { defineLoss } from "../../core/plugin/define.ts";

const params = z.strictObject({
  label_smoothing: z.number().min(0).lt(1).default(0)
    .describe("Share of the target that is spread over all classes"),
});

/** Rows of labels as distributions: several labels share, a row without labels stays zero and costs nothing. */
function targets(labels: tf.Tensor2D, smoothing: number): tf.Tensor2D {
  const total = labels.sum(1, true);
  const shares = labels.div(total.maximum(1e-12));
  const spread = total.greater(0).cast("float32").mul(smoothing / labels.shape[1]);
  return shares.mul(1 - smoothing).add(spread) as tf.Tensor2D;
}

/** `-sum(target * log_softmax(logits))`, the mean over the batch. */
function create({ label_smoothing }: z.output<typeof params>): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    tf.tidy(() => {
      const perRow = targets(labels, label_smoothing).mul(tf.logSoftmax(logits)).sum(1).neg();
      return perRow.mean() as tf.Scalar;
    });
  return { activation: "softmax", compute };
}

/** Cross entropy over classes that exclude each other. */
export default defineLoss({
  name: "softmax_cross_entropy",
  about: "Cross entropy of one label per image (softmax), with label smoothing",
  params,
  create,
});
