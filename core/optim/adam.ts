import * as tf from "@tensorflow/tfjs";
import type { Optimizer, OptimizerContext } from "../plugin/contracts.ts";
import { type AdamAttributes, type AdamInputs, applyAdam } from "../nn/kernels/update_kernels.ts";
import { decaysFor, OptimizerSlots } from "./optimizer_slots.ts";

/** Adam's hyperparameters, named as in PyTorch where it has them. */
export interface AdamSettings {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weight_decay: number;
  readonly amsgrad: boolean;
  /** AdamW: decoupled weight decay instead of L2 regularisation of the gradients. */
  readonly decoupled: boolean;
  /** No weight decay for biases and normalisation weights (parameters of rank 1). */
  readonly skip_decay: boolean;
}

/**
 * Adam or AdamW in PyTorch's form over named parameters. Slots `exp_avg`, `exp_avg_sq` and, with amsgrad,
 * `max_exp_avg_sq`.
 */
export function createAdam(settings: AdamSettings, context: OptimizerContext): Optimizer {
  const slots = new OptimizerSlots(
    context.variables,
    ["exp_avg", "exp_avg_sq", ...(settings.amsgrad ? ["max_exp_avg_sq"] : [])],
  );
  let steps = 0;
  const step = (gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number) => {
    steps += 1;
    for (const [name, gradient] of Object.entries(gradients)) {
      const rate = learningRate * (context.rateFactor?.(name) ?? 1);
      const attributes = attributesOf(settings, {
        rate,
        step: steps,
        decays: decaysFor(context, settings, name),
      });
      const inputs = inputsOf(slots, name, gradient);
      slots.update(
        name,
        settings.amsgrad ? amsgradUpdate(slots, name, { inputs, attributes }) : applyAdam(inputs, attributes),
      );
    }
  };
  return {
    learningRate: settings.lr,
    step,
    get steps() {
      return steps;
    },
    state: () => slots.state(),
    restore: (state, done) => {
      slots.restore(state);
      steps = done;
    },
    dispose: () => slots.dispose(),
  };
}

function attributesOf(
  settings: AdamSettings,
  at: { rate: number; step: number; decays: boolean },
): AdamAttributes {
  return {
    learningRate: at.rate,
    beta1: settings.betas[0],
    beta2: settings.betas[1],
    epsilon: settings.eps,
    weightDecay: at.decays ? settings.weight_decay : 0,
    decoupled: settings.decoupled,
    step: at.step,
    consumes: !settings.amsgrad,
  };
}

function inputsOf(slots: OptimizerSlots, name: string, gradient: tf.Tensor): AdamInputs {
  const parameter = slots.variables.get(name)!;
  return {
    parameter,
    gradient,
    expAvg: slots.read("exp_avg", name),
    expAvgSq: slots.read("exp_avg_sq", name),
  };
}

/** AMSGrad (Reddi et al., 2018): as Adam, with the maximum of all second moments so far in the denominator. */
function amsgradUpdate(
  slots: OptimizerSlots,
  name: string,
  { inputs, attributes }: { inputs: AdamInputs; attributes: AdamAttributes },
): tf.Tensor[] {
  return tf.tidy(() => {
    const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled, step } = attributes;
    const [, expAvg, expAvgSq] = applyAdam(inputs, attributes) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const largest = slots.read("max_exp_avg_sq", name).maximum(expAvgSq);
    const denominator = largest.sqrt().div(Math.sqrt(1 - beta2 ** step)).add(epsilon);
    const shrink = decoupled ? 1 - learningRate * weightDecay : 1;
    const update = expAvg.div(denominator).mul(learningRate / (1 - beta1 ** step));
    return [inputs.parameter.mul(shrink).sub(update), expAvg, expAvgSq, largest];
  });
}
