import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import type { Loss } from "../../core/plugin/contracts.ts";
import { defineLoss } from "../../core/plugin/define.ts";
import { softplus } from "../../core/train/softplus.ts";

/** `softplus(logit) - label * logit`, the mean over all: PyTorch's BCEWithLogitsLoss. */
function create(): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    tf.tidy(() => softplus(logits).sub(logits.mul(labels)).mean() as tf.Scalar);
  return { activation: "sigmoid", compute };
}

/** Binary cross entropy per class. */
export default defineLoss({
  name: "cross_entropy",
  about: "Binary cross entropy per class (sigmoid), as upstream's",
  params: z.strictObject({}),
  create,
});
