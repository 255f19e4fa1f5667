import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { defineLoss, type LossContext } from "../../plugin.ts";
import { meanLoss } from "../../network.ts";

/** A loss of the error `prediction - target`, with its derivative. */
interface ErrorLoss {
  loss(error: tf.Tensor): tf.Tensor;
  slope(error: tf.Tensor): tf.Tensor;
}

/** The grade of each one-hot (or mixed) row, `[batch, 1]`. */
function gradesOf(labels: tf.Tensor2D): tf.Tensor2D {
  const scale = tf.range(0, labels.shape[1]).reshape([labels.shape[1]!, 1]);
  return tf.matMul(labels, scale as tf.Tensor2D);
}

/** Errors of the first output against the grade; the other outputs have neither error nor slope. */
function gradeErrors(logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Tensor2D {
  return logits.slice([0, 0], [-1, 1]).sub(gradesOf(labels));
}

function padToClasses(slope: tf.Tensor, classes: number): tf.Tensor {
  return tf.pad(slope as tf.Tensor2D, [[0, 0], [0, classes - 1]]);
}

/** Mean of an error loss over all values, or over the images' grades. */
function makeLoss({ classes, target }: LossContext, { loss, slope }: ErrorLoss) {
  const grades = target === "grade";
  const compute = (logits: tf.Tensor2D, targets: tf.Tensor2D) =>
    meanLoss(logits, (x) => {
      const error = grades ? gradeErrors(x, targets) : x.sub(targets);
      return { losses: loss(error), slope: grades ? padToClasses(slope(error), classes) : slope(error) };
    });
  return { activation: grades ? "grade" as const : "identity" as const, compute };
}

/**
 * Losses of values: one output per value; and of grades as points on a scale: the first output is the point, see the
 * activation `grade`.
 */
export default [
  defineLoss({
    name: "mse_loss",
    about: "Mean squared error of values, or of grades as points on a scale",
    targets: ["value", "grade"],
    params: z.strictObject({}),
    create: (_params, context) =>
      makeLoss(context, { loss: (error) => error.square(), slope: (error) => error.mul(2) }),
  }),
  defineLoss({
    name: "smooth_l1_loss",
    about: "Huber loss of values, or of grades as points on a scale: squared near 0, absolute beyond beta",
    targets: ["value", "grade"],
    params: z.strictObject({
      beta: z.number().gt(0).default(1).describe("Error at which the loss turns from squared to absolute"),
    }),
    create: ({ beta }, context) =>
      makeLoss(context, {
        loss(error) {
          const size = error.abs(), near = size.minimum(beta);
          return near.square().div(2 * beta).add(size.sub(near));
        },
        slope: (error) => error.div(beta).clipByValue(-1, 1),
      }),
  }),
];
