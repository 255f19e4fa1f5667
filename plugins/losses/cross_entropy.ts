import type * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { defineLoss, type Loss } from "../../plugin.ts";
import { applySoftplus, meanLoss } from "../../network.ts";

/** Mean of `softplus(logit) - label * logit`: PyTorch's BCEWithLogitsLoss. */
function create(): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    meanLoss(logits, (x) => ({
      losses: applySoftplus(x).sub(x.mul(labels)),
      slope: x.sigmoid().sub(labels),
    }));
  return { activation: "sigmoid", compute };
}

/** Binary cross entropy per class. */
export default defineLoss({
  name: "cross_entropy",
  about: "Binary cross entropy per class (sigmoid), as upstream's",
  params: z.strictObject({}),
  create,
});
