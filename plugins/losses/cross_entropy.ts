import type * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import type { Loss } from "../../core/plugin/contracts.ts";
import { defineLoss } from "../../core/plugin/define.ts";
import { applySoftplus } from "../../core/nn/kernels/loss_kernels.ts";
import { meanLoss } from "../../core/nn/mean_loss.ts";

/** `softplus(logit) - label * logit`, the mean over all: PyTorch's BCEWithLogitsLoss. */
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
