import * as tf from "@tensorflow/tfjs";
import {
  ADAM_KERNEL,
  type AdamAttributes,
  SGD_KERNEL,
  type SgdAttributes,
} from "../../nn/kernels/update_kernels.ts";
import type { Attribute } from "../attributes.ts";
import { ATTRIBUTE_TYPES } from "../data_types.ts";
import type { NodeBackend } from "../node_backend.ts";
import {
  dataType,
  flag,
  type KernelCall,
  type KernelFunction,
  replaceKernel,
  runOne,
  text,
} from "./operation.ts";

/*
 * TensorFlow's optimizer operations update variables, in place where nothing else holds their memory. Each parameter and
 * state tensor that comes out of an update is read from such a variable and shares its memory; the variable is kept with
 * the tensor and updated by the next step, after the tensor has let go of the memory: no step copies anything.
 */

/** ResourceHandle::ANONYMOUS_NAME: a variable that lives as long as the handle to it. */
const ANONYMOUS = "cd2c89b7-88b7-44c8-ad83-06c2a9158347";

/** A new variable with a tensor's values; they share memory until the variable changes. Returns its number. */
function makeVariable({ binding }: NodeBackend, id: number, shape: readonly number[]): number {
  const [variable] = binding.executeOp(
    "VarHandleOp",
    [
      dataType("dtype"),
      { name: "shape", type: ATTRIBUTE_TYPES.shape, value: [...shape] },
      text("shared_name", ANONYMOUS),
      text("container", ""),
    ],
    [],
    1,
  );
  binding.executeOp("AssignVariableOp", [dataType("dtype")], [variable!.id, id], 0);
  return variable!.id;
}

/** A variable with a tensor's values, that behind it if there is one; its only holder where the tensor may be consumed. */
function variableOf(backend: NodeBackend, x: tf.TensorInfo, consumes: boolean): number {
  const { tensors } = backend.binding;
  const [id] = backend.getInputTensorIds([x]);
  const own = consumes && backend.refCount(x.dataId) === 1;
  const variable = (own ? tensors.detach(id!, "variable") : null) ??
    makeVariable(backend, id!, x.shape);
  if (own) {
    tensors.delete(id!);
    backend.tensorMap.get(x.dataId).id = -1;
  }
  return variable;
}

/** A variable's values as a tensor that owns the variable. */
function readVariable(backend: NodeBackend, variable: number): tf.Tensor {
  const { binding } = backend;
  const [value] = binding.executeOp("ReadVariableOp", [dataType("dtype")], [variable], 1);
  binding.tensors.attach(value!.id, { attached: variable, form: "variable" });
  return backend.createOutputTensor(value!);
}

/** A number and the tensor that holds it. */
interface Scalar {
  readonly value: number;
  readonly tensor: tf.Scalar;
}

const scalars = new Map<string, Scalar[]>();

/** Tensors of an operation's numbers. They are the same for most parameters of a step, so only changed ones are made. */
function scalarsOf(operation: string, values: readonly number[]): tf.Scalar[] {
  const kept = scalars.get(operation) ?? [];
  scalars.set(operation, kept);
  for (const [index, value] of values.entries()) {
    if (kept[index]?.value === value) continue;
    kept[index]?.tensor.dispose();
    kept[index] = { value, tensor: tf.keep(tf.scalar(value)) };
  }
  return kept.map(({ tensor }) => tensor);
}

/** One update: what it changes, and the operation that does it. */
interface Update {
  readonly operation: string;
  readonly attributes: readonly Attribute[];
  /** The parameter and the optimizer's state, in the operation's order. */
  readonly slots: readonly tf.TensorInfo[];
  readonly consumes: boolean;
  /** The operation's numbers by their place among its inputs; the gradient stands where the null is. */
  readonly inputs: readonly (number | null)[];
  readonly gradient: tf.TensorInfo;
}

/** Runs an update; returns the slots' new values. */
function run(backend: NodeBackend, update: Update): tf.Tensor[] {
  const { binding } = backend;
  const numbers = update.inputs.filter((value) => value !== null);
  const given = scalarsOf(update.operation, numbers);
  const rest = update.inputs.map((value) =>
    value === null ? update.gradient : given[numbers.indexOf(value)]!
  );
  const ids = backend.getInputTensorIds(rest);
  const variables = update.slots.map((slot) => variableOf(backend, slot, update.consumes));
  binding.executeOp(update.operation, [...update.attributes], [...variables, ...ids], 0);
  return variables.map((variable) => readVariable(backend, variable));
}

/** A parameter times a number. */
function shareOf({ backend, inputs }: KernelCall, share: number): tf.Tensor {
  const [factor] = scalarsOf("share", [share]);
  return runOne(backend, "Mul", { attributes: [dataType("T")], inputs: [inputs.parameter!, factor!] });
}

/** The gradient with a penalty on large parameters in it. */
function decayed(call: KernelCall, weightDecay: number): tf.TensorInfo {
  const { backend, inputs: { gradient } } = call;
  if (weightDecay === 0) return gradient!;
  const inputs = [gradient!, shareOf(call, weightDecay)];
  return runOne(backend, "AddV2", { attributes: [dataType("T")], inputs });
}

/**
 * PyTorch's Adam through ResourceApplyAdam. That one has no bias correction of epsilon, so the correction is done here
 * in double precision: the rate becomes lr * sqrt(1 - beta2^t) / (1 - beta1^t) and epsilon becomes
 * eps * sqrt(1 - beta2^t), with the operation's own correction switched off.
 */
const adam: KernelFunction = (call) =>
  tf.tidy(() => {
    const { backend, inputs: { parameter, expAvg, expAvgSq } } = call;
    const attributes = call.attrs as unknown as AdamAttributes;
    const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled, step, consumes } = attributes;
    const correction = Math.sqrt(1 - beta2 ** step);
    const rate = learningRate * correction / (1 - beta1 ** step);
    const shrinks = decoupled && weightDecay !== 0;
    const start = shrinks ? shareOf(call, 1 - learningRate * weightDecay) : parameter!;
    return run(backend, {
      operation: "ResourceApplyAdam",
      attributes: [dataType("T"), flag("use_locking", false), flag("use_nesterov", false)],
      slots: [start, expAvg!, expAvgSq!],
      consumes,
      inputs: [0, 0, rate, beta1, beta2, epsilon * correction, null],
      gradient: decayed(call, decoupled ? 0 : weightDecay),
    });
  });

const sgd: KernelFunction = (call) =>
  tf.tidy(() => {
    const { backend, inputs: { parameter, momentumBuffer } } = call;
    const { learningRate, momentum, nesterov, weightDecay, consumes } = call
      .attrs as unknown as SgdAttributes;
    return run(backend, {
      operation: "ResourceApplyMomentum",
      attributes: [dataType("T"), flag("use_locking", false), flag("use_nesterov", nesterov)],
      slots: [parameter!, momentumBuffer!],
      consumes,
      inputs: [learningRate, null, momentum],
      gradient: decayed(call, weightDecay),
    });
  });

/** Registers Adam and SGD with one pass over the memory of each parameter. */
export function registerOptimizers(): void {
  replaceKernel(ADAM_KERNEL, adam);
  replaceKernel(SGD_KERNEL, sgd);
}
