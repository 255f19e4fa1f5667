import * as tf from "@tensorflow/tfjs";

/** Batch normalisation in training, composed from ordinary operations; saves the batch mean and inverse deviation. */
export function batchNormTrain(
  inputs: tf.NamedTensorMap,
  attributes: Readonly<Record<string, unknown>>,
): tf.Tensor[] {
  const { x, scale, offset, runningMean, runningVar } = inputs as Record<string, tf.Tensor>;
  const { epsilon, momentum } = attributes as { epsilon: number; momentum: number };
  const { mean, variance } = tf.moments(x!, statisticsAxes(x!));
  const y = tf.batchNorm(
    x as tf.Tensor4D,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    offset as tf.Tensor1D,
    scale as tf.Tensor1D,
    epsilon,
  );
  const count = valuesPerChannel(x!);
  const unbiased = variance.mul(count / Math.max(1, count - 1));
  return [
    y,
    runningMean!.mul(1 - momentum).add(mean.mul(momentum)),
    runningVar!.mul(1 - momentum).add(unbiased.mul(momentum)),
    mean,
    variance.add(epsilon).rsqrt(),
  ];
}

/** Gradient of {@link batchNormTrain} from its saved mean and inverse deviation: `[dx, dscale, doffset]`. */
export function batchNormGrad(inputs: tf.NamedTensorMap): tf.Tensor[] {
  const { dy, x, scale, saved0: mean, saved1: inverseDeviation } = inputs as Record<string, tf.Tensor>;
  const axes = statisticsAxes(x!);
  const count = valuesPerChannel(x!);
  const normalised = x!.sub(mean!).mul(inverseDeviation!);
  const doffset = dy!.sum(axes);
  const dscale = dy!.mul(normalised).sum(axes);
  const centred = dy!.sub(doffset.div(count)).sub(normalised.mul(dscale.div(count)));
  return [centred.mul(scale!.mul(inverseDeviation!)), dscale, doffset];
}

function statisticsAxes(x: tf.Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis);
}

function valuesPerChannel(x: tf.Tensor): number {
  return x.size / x.shape[x.rank - 1]!;
}
