import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { defineLoss, type Loss } from "../../plugin.ts";
import { softplus } from "../../network.ts";

const params = z.strictObject({
  gamma_pos: z.number().min(0).default(1).describe("How much easy positives are played down"),
  gamma_neg: z.number().min(0).default(4).describe("How much easy negatives are played down"),
  clip: z.number().min(0).lt(1).default(0.05).describe("Probability below which a negative costs nothing"),
});

/** Loss of each logit for label 0: `max(p - clip, 0)^gamma * -log(1 - max(p - clip, 0))`. */
function negatives(logits: tf.Tensor2D, gamma: number, { clip }: { clip: number }): tf.Tensor {
  if (clip === 0) return softplus(logits.neg()).mul(-gamma).exp().mul(softplus(logits));
  const shifted = logits.sigmoid().sub(clip).relu();
  // 1 - p is computed as sigmoid(-x), because 1 - sigmoid(x) can round to 0; with the margin it is at least `clip`.
  const cost = logits.neg().sigmoid().add(clip).minimum(1).log().neg();
  return gamma === 0 ? cost : shifted.pow(gamma).mul(cost);
}

/** Mean over all logits; negatives are probability-shifted and down-weighted more than positives. */
function create({ gamma_pos, gamma_neg, clip }: z.output<typeof params>): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    tf.tidy(() => {
      const on = softplus(logits).mul(-gamma_pos).exp().mul(softplus(logits.neg()));
      const off = negatives(logits, gamma_neg, { clip });
      return on.mul(labels).add(off.mul(tf.sub(1, labels))).mean() as tf.Scalar;
    });
  return { activation: "sigmoid", compute };
}

/** Source: Ben-Baruch et al., "Asymmetric loss for multi-label classification", 2020. */
export default defineLoss({
  name: "asymmetric_loss",
  about: "Focal loss that treats the many negatives apart from the few positives",
  params,
  create,
});
