import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import type { Loss } from "../../core/plugin/contracts.ts";
import { defineLoss } from "../../core/plugin/define.ts";
import { softplus } from "../../core/train/softplus.ts";

const params = z.strictObject({
  gamma: z.number().min(0).default(2).describe(
    "How much easy examples are played down; 0 is plain cross entropy",
  ),
});

/**
 * `sigmoid(z)^gamma * softplus(z)` with z = -logit where the label is 1, logit where it is 0; the mean over all. Soft
 * labels (mixup) mix the two losses linearly, which upstream's formula does not.
 */
function create({ gamma }: z.output<typeof params>): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    tf.tidy(() => {
      const off = softplus(logits), on = softplus(logits.neg());
      const missed = off.mul(-gamma).exp().mul(on);
      const raised = on.mul(-gamma).exp().mul(off);
      return missed.mul(labels).add(raised.mul(tf.sub(1, labels))).mean() as tf.Scalar;
    });
  return { activation: "sigmoid", compute };
}

/** Focal loss for multi-label data. Source: Lin et al., "Focal loss for dense object detection", 2017, without alpha. */
export default defineLoss({
  name: "binary_focal_loss",
  about: "Focal loss per class, as upstream's",
  params,
  create,
});
