import * as tf from "@tensorflow/tfjs";
import { runRegistered } from "./run_registered.ts";

/**
 * Optimizer updates as kernels. A backend may register one fused kernel for each name (one launch and one pass over memory
 * instead of a dozen); where none is registered, the same arithmetic runs composed from ordinary operations.
 *
 * A registered kernel gets the inputs and attributes below and returns one output for each entry of its `outputs` list,
 * of the inputs' shapes and float32. With `consumes` it may take the memory of the parameter and of the optimizer's state
 * for its results where no other tensor shares it; those inputs cannot be read any more. The caller assigns the results.
 */

/** Adam and AdamW: inputs {@link AdamInputs}, attributes {@link AdamAttributes}, outputs `[parameter, expAvg, expAvgSq]`. */
export const ADAM_KERNEL = "PodiumAdam";

/** SGD with momentum: inputs {@link SgdInputs}, attributes {@link SgdAttributes}, outputs `[parameter, momentumBuffer]`. */
export const SGD_KERNEL = "PodiumSgd";

/** What Adam reads, all of one shape. */
export interface AdamInputs {
  readonly parameter: tf.Tensor;
  readonly gradient: tf.Tensor;
  readonly expAvg: tf.Tensor;
  readonly expAvgSq: tf.Tensor;
}

/** Settings of one Adam step; `step` counts from 1 and stands for the bias corrections. */
export interface AdamAttributes {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the square root, after bias correction, as PyTorch does. */
  readonly epsilon: number;
  readonly weightDecay: number;
  /** AdamW: the decay shrinks the parameter and does not enter the gradient. */
  readonly decoupled: boolean;
  readonly step: number;
  /** The caller reads neither the parameter nor the moments after this. */
  readonly consumes: boolean;
}

/** What SGD reads, all of one shape. */
export interface SgdInputs {
  readonly parameter: tf.Tensor;
  readonly gradient: tf.Tensor;
  readonly momentumBuffer: tf.Tensor;
}

/** Settings of one SGD step. */
export interface SgdAttributes {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** The caller reads neither the parameter nor the buffer after this. */
  readonly consumes: boolean;
}

/**
 * One Adam update in PyTorch's form: `p -= lr * mHat / (sqrt(vHat) + epsilon)`. Returns new values of
 * `[parameter, expAvg, expAvgSq]`; the inputs are not disposed, but unreadable with `consumes`.
 *
 * Source: Kingma and Ba, "Adam", 2015; Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
 */
export function applyAdam(inputs: AdamInputs, attributes: AdamAttributes): tf.Tensor[] {
  return runRegistered(ADAM_KERNEL, inputs, attributes) ?? tf.tidy(() => composedAdam(inputs, attributes));
}

/** {@link applyAdam} composed from ordinary operations: the reference for every fused kernel. */
export function composedAdam(inputs: AdamInputs, attributes: AdamAttributes): tf.Tensor[] {
  const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled, step } = attributes;
  const parameter = decoupled && weightDecay !== 0
    ? inputs.parameter.mul(1 - learningRate * weightDecay)
    : inputs.parameter;
  const gradient = decoupled ? inputs.gradient : addDecay(inputs.gradient, inputs.parameter, weightDecay);
  const expAvg = inputs.expAvg.mul(beta1).add(gradient.mul(1 - beta1));
  const expAvgSq = inputs.expAvgSq.mul(beta2).add(gradient.square().mul(1 - beta2));
  const denominator = expAvgSq.sqrt().div(Math.sqrt(1 - beta2 ** step)).add(epsilon);
  const update = expAvg.div(denominator).mul(learningRate / (1 - beta1 ** step));
  return [parameter.sub(update), expAvg, expAvgSq];
}

/**
 * One SGD update in PyTorch's form (the buffer holds plain gradients, the rate is applied last). Returns new values of
 * `[parameter, momentumBuffer]`; the inputs are not disposed, but unreadable with `consumes`.
 */
export function applySgd(inputs: SgdInputs, attributes: SgdAttributes): tf.Tensor[] {
  return runRegistered(SGD_KERNEL, inputs, attributes) ?? tf.tidy(() => composedSgd(inputs, attributes));
}

/** {@link applySgd} composed from ordinary operations: the reference for every fused kernel. */
export function composedSgd(inputs: SgdInputs, attributes: SgdAttributes): tf.Tensor[] {
  const { learningRate, momentum, nesterov, weightDecay } = attributes;
  const gradient = addDecay(inputs.gradient, inputs.parameter, weightDecay);
  const momentumBuffer = inputs.momentumBuffer.mul(momentum).add(gradient);
  const direction = nesterov ? gradient.add(momentumBuffer.mul(momentum)) : momentumBuffer;
  return [inputs.parameter.sub(direction.mul(learningRate)), momentumBuffer];
}

function addDecay(gradient: tf.Tensor, parameter: tf.Tensor, weightDecay: number): tf.Tensor {
  return weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay));
}
