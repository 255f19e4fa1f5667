import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { configProblem, defineLoss, type Loss, type LossContext } from "../../plugin.ts";
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

/** Mean of an error loss over the images' grades. */
function gradeLoss({ classes }: LossContext, { loss, slope }: ErrorLoss): Loss {
  const compute = (logits: tf.Tensor2D, labels: tf.Tensor2D) =>
    meanLoss(logits, (x) => {
      const error = gradeErrors(x, labels);
      return { losses: loss(error), slope: padToClasses(slope(error), classes) };
    });
  return { activation: "grade", compute };
}

const scaleParams = {
  mean: z.union([z.number(), z.array(z.number())]).default(0).describe(
    "Mean of the values, or a list: one per value",
  ),
  deviation: z.union([z.number().gt(0), z.array(z.number().gt(0))]).default(1).describe(
    "Their standard deviation, or a list: errors are measured in it, so that values of any size train alike",
  ),
};

type OneOrEach = number | readonly number[];

/** One entry per value: a number counts for all. Throws a config problem on a list of another length. */
function perValue(given: OneOrEach, name: string, { classes }: LossContext): readonly number[] {
  const numbers = typeof given === "number" ? Array<number>(classes).fill(given) : given;
  if (numbers.length === classes) return numbers;
  throw configProblem(
    `loss.params.${name} has ${numbers.length} numbers; the layout names ${classes} values`,
  );
}

/** Mean of an error loss over all values, standardised. */
function valueLoss(
  context: LossContext,
  { loss, slope }: ErrorLoss,
  given: { readonly mean: OneOrEach; readonly deviation: OneOrEach },
): Loss {
  const scale = {
    mean: perValue(given.mean, "mean", context),
    deviation: perValue(given.deviation, "deviation", context),
  };
  const compute = (logits: tf.Tensor2D, targets: tf.Tensor2D) =>
    meanLoss(logits, (x) => {
      const error = x.sub(targets.sub(tf.tensor1d([...scale.mean])).div(tf.tensor1d([...scale.deviation])));
      return { losses: loss(error), slope: slope(error) };
    });
  return { activation: "identity", scale, compute };
}

function makeLoss(
  context: LossContext,
  error: ErrorLoss,
  scale: Parameters<typeof valueLoss>[2],
): Loss {
  return context.target === "grade" ? gradeLoss(context, error) : valueLoss(context, error, scale);
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
    params: z.strictObject(scaleParams),
    create: (params, context) =>
      makeLoss(context, { loss: (error) => error.square(), slope: (error) => error.mul(2) }, params),
  }),
  defineLoss({
    name: "smooth_l1_loss",
    about: "Huber loss of values, or of grades as points on a scale: squared near 0, absolute beyond beta",
    targets: ["value", "grade"],
    params: z.strictObject({
      beta: z.number().gt(0).default(1).describe("Error at which the loss turns from squared to absolute"),
      ...scaleParams,
    }),
    create: ({ beta, ...scale }, context) =>
      makeLoss(context, {
        loss(error) {
          const size = error.abs(), near = size.minimum(beta);
          return near.square().div(2 * beta).add(size.sub(near));
        },
        slope: (error) => error.div(beta).clipByValue(-1, 1),
      }, scale),
  }),
];
