import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { defineLoss, type Loss } from "../../plugin.ts";

const params = z.strictObject({
  epsilon: z.number().gt(0).default(1e-7).describe("Keeps classes that are absent from a batch defined"),
});

/** Mean over the classes of `1 - 2 tp / (2 tp + fp + fn)`, with probabilities in place of counts. */
function create({ epsilon }: z.output<typeof params>): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    tf.tidy(() => {
      const hits = logits.sigmoid().mul(labels).sum(0).mul(2).add(epsilon);
      const marked = logits.sigmoid().sum(0).add(labels.sum(0)).add(epsilon);
      return tf.sub(1, hits.div(marked)).mean() as tf.Scalar;
    });
  return { activation: "sigmoid", compute };
}

/** Differentiable macro F1 over the batch; works best with large batches and after pretraining with another loss. */
export default defineLoss({
  name: "soft_f1_loss",
  about: "Differentiable macro F1 over the batch",
  params,
  create,
});
