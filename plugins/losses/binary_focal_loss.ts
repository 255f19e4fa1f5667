import type * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { defineLoss, type Loss } from "../../plugin.ts";
import { applySoftplus, type LossWithSlope, meanLoss } from "../../network.ts";

const params = z.strictObject({
  gamma: z.number().min(0).default(2).describe(
    "How much easy examples are played down; 0 is plain cross entropy",
  ),
});

/** Terms shared by the losses for label 0 and label 1. */
interface Parts {
  readonly softplus: tf.Tensor;
  readonly sigmoid: tf.Tensor;
}

function partsOf(z: tf.Tensor): Parts {
  return { softplus: applySoftplus(z), sigmoid: z.sigmoid() };
}

/**
 * Losses `sigmoid(z)^gamma * softplus(z)` and their derivatives with respect to z,
 * `sigmoid(z)^gamma * (gamma * sigmoid(-z) * softplus(z) + sigmoid(z))`.
 */
function focal(plus: Parts, minus: Parts, { gamma }: { gamma: number }): LossWithSlope {
  const factor = minus.softplus.mul(-gamma).exp();
  const losses = factor.mul(plus.softplus);
  const slope = losses.mul(minus.sigmoid).mul(gamma).add(factor.mul(plus.sigmoid));
  return { losses, slope };
}

/**
 * Mean of `sigmoid(z)^gamma * softplus(z)` with z = -logit for label 1 and z = logit for label 0. Soft labels (mixup)
 * interpolate the two losses linearly, unlike upstream's formula.
 */
function create({ gamma }: z.output<typeof params>): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    meanLoss(logits, (x) => {
      const [plus, minus] = [partsOf(x), partsOf(x.neg())];
      const [zero, one] = [focal(plus, minus, { gamma }), focal(minus, plus, { gamma })];
      return {
        losses: zero.losses.add(labels.mul(one.losses.sub(zero.losses))),
        slope: zero.slope.sub(labels.mul(zero.slope.add(one.slope))),
      };
    });
  return { activation: "sigmoid", compute };
}

/** Multi-label focal loss without alpha. Source: Lin et al., "Focal loss for dense object detection", 2017. */
export default defineLoss({
  name: "binary_focal_loss",
  about: "Focal loss per class, as upstream's",
  params,
  create,
});
