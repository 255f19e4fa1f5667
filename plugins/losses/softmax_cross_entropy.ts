import type * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { defineLoss, type Loss } from "../../plugin.ts";
import { applySoftmaxLoss, meanLoss } from "../../network.ts";

const params = z.strictObject({
  label_smoothing: z.number().min(0).lt(1).default(0)
    .describe("Share of the target that is spread over all classes"),
});

/** Normalises label rows to distributions; several labels share the mass, a row without labels has zero loss. */
function distributions(labels: tf.Tensor2D, smoothing: number): { targets: tf.Tensor2D; counts: tf.Tensor } {
  const total = labels.sum(1, true);
  const [shares, counts] = [labels.div<tf.Tensor2D>(total.maximum(1e-12)), total.sign()];
  if (smoothing === 0) return { targets: shares, counts };
  return { targets: shares.mul(1 - smoothing).add(counts.mul(smoothing / labels.shape[1])), counts };
}

/** Batch mean of `-sum(target * log_softmax(logits))`. */
function create({ label_smoothing }: z.output<typeof params>): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    meanLoss(logits, (x) => {
      const { targets, counts } = distributions(labels, label_smoothing);
      const [losses, slope] = applySoftmaxLoss(x, targets);
      return { losses: losses!, slope: slope!.mul(counts) };
    });
  return { activation: "softmax", compute };
}

/** Cross entropy over mutually exclusive classes. */
export default defineLoss({
  name: "softmax_cross_entropy",
  about: "Cross entropy of one label per image (softmax), with label smoothing",
  params,
  create,
});
