import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { defineLoss, type Loss, type LossContext } from "../../plugin.ts";
import { applySoftplus, meanLoss } from "../../network.ts";

/** Share of each row at or above each grade, `[batch, classes]`: for grade 2 of four 1, 1, 1, 0. */
function atLeast(labels: tf.Tensor2D): tf.Tensor2D {
  return labels.cumsum(1, false, true);
}

/**
 * Binary cross entropy of each "at least grade k" (k from 1 on), the mean over these classes - 1 questions and the
 * images. The first output is ignored, as every image has at least grade 0.
 *
 * Source: Cheng, Wang and Pollastri, "A neural network approach to ordinal regression", 2008.
 */
function create(_params: Record<never, never>, { classes }: LossContext): Loss {
  const asked = [...Array(classes).keys()].map((grade) => grade === 0 ? 0 : classes / (classes - 1));
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    meanLoss(logits, (x) => {
      const weights = tf.tensor1d(asked), targets = atLeast(labels);
      return {
        losses: applySoftplus(x).sub(x.mul(targets)).mul(weights),
        slope: x.sigmoid().sub(targets).mul(weights),
      };
    });
  return { activation: "cumulative", compute };
}

export default defineLoss({
  name: "cumulative_loss",
  about: "Binary cross entropy of 'at least grade k' for each grade of an ordered scale",
  targets: ["grade"],
  params: z.strictObject({}),
  create,
});
