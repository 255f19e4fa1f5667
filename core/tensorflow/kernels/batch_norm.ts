import * as tf from "@tensorflow/tfjs";
import { BATCH_NORM_GRAD, BATCH_NORM_TRAIN } from "../../nn/kernels/layer_kernels.ts";
import type { Attribute } from "../attributes.ts";
import { dataType, flag, float, type KernelFunction, replaceKernel, runMany, text } from "./operation.ts";

function attributesOf(settings: { epsilon: number; training: boolean; factor?: number }): Attribute[] {
  const attributes = [
    dataType("T"),
    dataType("U"),
    float("epsilon", settings.epsilon),
    text("data_format", "NHWC"),
    flag("is_training", settings.training),
  ];
  if (settings.factor !== undefined) attributes.push(float("exponential_avg_factor", settings.factor));
  return attributes;
}

/** FusedBatchNormV3 takes pictures: `[batch, ..., channels]` becomes `[batch, 1, all between, channels]`. */
function asPicture(x: tf.TensorInfo): tf.Tensor4D {
  if (x.shape.length === 4) return x as tf.Tensor4D;
  const between = x.shape.slice(1, -1).reduce((product, length) => product * length, 1);
  return tf.reshape(x as tf.Tensor, [x.shape[0]!, 1, between, x.shape.at(-1)!]);
}

/** Saves three tensors for the gradient; the third is used by cuDNN only, but the gradient operation takes it always. */
const trainBatchNorm: KernelFunction = ({ inputs, attrs, backend }) => {
  const { x, scale, offset, runningMean, runningVar } = inputs;
  const { epsilon, momentum } = attrs as { epsilon: number; momentum: number };
  return tf.tidy(() => {
    const [y, ...others] = runMany(backend, "FusedBatchNormV3", {
      attributes: attributesOf({ epsilon, training: true, factor: momentum }),
      inputs: [asPicture(x!), scale!, offset!, runningMean!, runningVar!],
      outputs: 6,
    });
    return [x!.shape.length === 4 ? y! : tf.reshape(y!, x!.shape), ...others];
  });
};

const batchNormGradient: KernelFunction = ({ inputs, attrs, backend }) => {
  const { dy, x, scale, saved0, saved1, saved2 } = inputs;
  const { epsilon } = attrs as { epsilon: number };
  return tf.tidy(() => {
    const [dx, dscale, doffset] = runMany(backend, "FusedBatchNormGradV3", {
      attributes: attributesOf({ epsilon, training: true }),
      inputs: [asPicture(dy!), asPicture(x!), scale!, saved0!, saved1!, saved2!],
      outputs: 5,
    });
    return [x!.shape.length === 4 ? dx! : tf.reshape(dx!, x!.shape), dscale!, doffset!];
  });
};

const inferBatchNorm: KernelFunction = ({ inputs, attrs, backend }) => {
  const { x, mean, variance, scale, offset } = inputs as Record<string, tf.Tensor>;
  const { varianceEpsilon } = attrs as { varianceEpsilon: number };
  return tf.tidy(() => {
    if (mean!.rank !== 1 || x!.rank !== 4) return composedInference(inputs, varianceEpsilon);
    const channels = [x!.shape[3]!];
    const [y] = runMany(backend, "FusedBatchNormV3", {
      attributes: attributesOf({ epsilon: varianceEpsilon, training: false }),
      inputs: [x!, scale ?? tf.ones(channels), offset ?? tf.zeros(channels), mean!, variance!],
      outputs: 6,
    });
    return y!;
  });
};

/** Any rank, and statistics of any shape that broadcasts. */
function composedInference(inputs: Readonly<Record<string, tf.TensorInfo>>, epsilon: number): tf.Tensor {
  const { x, mean, variance, scale, offset } = inputs as Record<string, tf.Tensor>;
  const inverse = tf.rsqrt(tf.add(variance!, epsilon));
  const factor = scale ? tf.mul(inverse, scale) : inverse;
  const normalised = tf.mul(tf.sub(x!, mean!), factor);
  return offset ? tf.add(normalised, offset) : normalised;
}

/** Batch normalisation by FusedBatchNormV3: one operation forward and one backward. */
export function registerBatchNorm(): void {
  replaceKernel(BATCH_NORM_TRAIN, trainBatchNorm);
  replaceKernel(BATCH_NORM_GRAD, batchNormGradient);
  replaceKernel("FusedBatchNorm", inferBatchNorm);
}
