import * as tf from "@tensorflow/tfjs";
import {
  ADAM_KERNEL,
  type AdamAttributes,
  SGD_KERNEL,
  type SgdAttributes,
} from "../../nn/kernels/update_kernels.ts";
import { DATA_TYPES } from "../data_types.ts";
import {
  ANY_SHAPE,
  flagValue,
  type FunctionDefinition,
  type FunctionNode,
  textValue,
  typeValue,
} from "../recording/function_def.ts";
import { type KernelCall, type KernelFunction, replaceKernel, runMany } from "./operation.ts";

/** ResourceHandle::ANONYMOUS_NAME: a variable that lives as long as one run of the function. */
const ANONYMOUS = "cd2c89b7-88b7-44c8-ad83-06c2a9158347";

const FLOAT = typeValue(DATA_TYPES.float32);

/** How weight decay enters: not at all, as part of the gradient, or by shrinking the parameter. */
type Decay = "none" | "gradient" | "parameter";

function node(
  name: string,
  operation: string,
  { inputs, attributes = {} }: { inputs: readonly string[]; attributes?: FunctionNode["attributes"] },
): FunctionNode {
  return { name, operation, inputs, attributes };
}

/** A variable with the initial value `from`: TensorFlow's optimizer operations update variables only. */
function variable(name: string, from: string): FunctionNode[] {
  const dtype = { dtype: FLOAT };
  const attributes = {
    ...dtype,
    shape: ANY_SHAPE,
    shared_name: textValue(ANONYMOUS),
    container: textValue(""),
  };
  return [
    node(`${name}_variable`, "VarHandleOp", { inputs: [], attributes }),
    node(`${name}_start`, "AssignVariableOp", {
      inputs: [`${name}_variable:resource:0`, from],
      attributes: dtype,
    }),
    node(`${name}_end`, "ReadVariableOp", {
      inputs: [`${name}_variable:resource:0`, "^update"],
      attributes: dtype,
    }),
  ];
}

/** Nodes that apply weight decay, and the sources of the parameter and the gradient after them. */
function decayNodes(decay: Decay): { nodes: FunctionNode[]; parameter: string; gradient: string } {
  const attributes = { T: FLOAT };
  const share = node("share", "Mul", { inputs: ["parameter", "decay"], attributes });
  if (decay === "none") return { nodes: [], parameter: "parameter", gradient: "gradient" };
  if (decay === "parameter") return { nodes: [share], parameter: "share:z:0", gradient: "gradient" };
  const sum = node("sum", "AddV2", { inputs: ["gradient", "share:z:0"], attributes });
  return { nodes: [share, sum], parameter: "parameter", gradient: "sum:z:0" };
}

/** The parts of an update that differ between optimizers. */
interface Update {
  readonly name: string;
  /** Slots in the order of the operation's arguments and of the results. */
  readonly slots: readonly string[];
  readonly scalars: readonly string[];
  readonly operation: string;
  /** The operation's inputs after its variables; `gradient` is the source of the gradient. */
  readonly inputs: (gradient: string) => readonly string[];
  readonly attributes: FunctionNode["attributes"];
}

const ADAM: Update = {
  name: "PodiumAdam",
  slots: ["parameter", "mean", "square"],
  scalars: ["zero", "rate", "beta1", "beta2", "epsilon"],
  operation: "ResourceApplyAdam",
  inputs: (gradient) => ["zero", "zero", "rate", "beta1", "beta2", "epsilon", gradient],
  attributes: { T: FLOAT, use_locking: flagValue(false), use_nesterov: flagValue(false) },
};

function momentumUpdate(nesterov: boolean): Update {
  return {
    name: nesterov ? "PodiumNesterov" : "PodiumMomentum",
    slots: ["parameter", "momentum"],
    scalars: ["rate", "share_kept"],
    operation: "ResourceApplyMomentum",
    inputs: (gradient) => ["rate", gradient, "share_kept"],
    attributes: { T: FLOAT, use_locking: flagValue(false), use_nesterov: flagValue(nesterov) },
  };
}

const MOMENTUM = momentumUpdate(false);
const NESTEROV = momentumUpdate(true);

function functionName(update: Update, decay: Decay): string {
  return `${update.name}_decay_${decay}`;
}

/**
 * An update as a function of values: variables made of the slots, the operation on them, and their values afterwards.
 * Arguments: slots, gradient, scalars, decay.
 */
function updateFunction(update: Update, decay: Decay): FunctionDefinition {
  const { nodes, parameter, gradient } = decayNodes(decay);
  const handles = update.slots.map((slot) => `${slot}_variable:resource:0`);
  const starts = update.slots.map((slot) => `^${slot}_start`);
  const apply = node("update", update.operation, {
    inputs: [...handles, ...update.inputs(gradient), ...starts],
    attributes: update.attributes,
  });
  const type = DATA_TYPES.float32;
  const inputs = [...update.slots, "gradient", ...update.scalars, "decay"].map((name) => [name, type]);
  const outputs = update.slots.map((
    slot,
  ) => [`next_${slot}`, { dataType: type, from: `${slot}_end:value:0` }]);
  return {
    name: functionName(update, decay),
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs),
    nodes: [
      ...nodes,
      ...update.slots.flatMap((slot) => variable(slot, slot === "parameter" ? parameter : slot)),
      apply,
    ],
  };
}

function decayOf(weightDecay: number, decoupled: boolean): Decay {
  if (weightDecay === 0) return "none";
  return decoupled ? "parameter" : "gradient";
}

/** A number and the tensor that holds it. */
interface Scalar {
  readonly value: number;
  readonly tensor: tf.Scalar;
}

const scalars = new Map<Update, Scalar[]>();

/** Tensors of an update's numbers. They are the same for most parameters of a step, so only changed ones are made. */
function scalarsOf(update: Update, values: readonly number[]): tf.Scalar[] {
  const kept = scalars.get(update) ?? [];
  scalars.set(update, kept);
  for (const [index, value] of values.entries()) {
    if (kept[index]?.value === value) continue;
    kept[index]?.tensor.dispose();
    kept[index] = { value, tensor: tf.keep(tf.scalar(value)) };
  }
  return kept.map(({ tensor }) => tensor);
}

function run(
  { backend }: KernelCall,
  update: Update,
  call: {
    readonly decay: Decay;
    readonly tensors: readonly tf.TensorInfo[];
    readonly scalars: readonly number[];
  },
): tf.Tensor[] {
  const name = functionName(update, call.decay);
  if (!backend.binding.hasFunction(name)) backend.binding.defineFunction(updateFunction(update, call.decay));
  const inputs = [...call.tensors, ...scalarsOf(update, call.scalars)];
  return runMany(backend, name, { attributes: [], inputs, outputs: update.slots.length });
}

/**
 * PyTorch's Adam through ResourceApplyAdam. That one has no bias correction of epsilon, so the correction is done here
 * in double precision: the rate becomes lr * sqrt(1 - beta2^t) / (1 - beta1^t) and epsilon becomes
 * eps * sqrt(1 - beta2^t), with the operation's own correction switched off.
 */
const adam: KernelFunction = (call) => {
  const { parameter, gradient, expAvg, expAvgSq } = call.inputs;
  const attributes = call.attrs as unknown as AdamAttributes;
  const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled, step } = attributes;
  const correction = Math.sqrt(1 - beta2 ** step);
  const rate = learningRate * correction / (1 - beta1 ** step);
  const share = decoupled ? 1 - learningRate * weightDecay : weightDecay;
  return run(call, ADAM, {
    decay: decayOf(weightDecay, decoupled),
    tensors: [parameter!, expAvg!, expAvgSq!, gradient!],
    scalars: [0, rate, beta1, beta2, epsilon * correction, share],
  });
};

const sgd: KernelFunction = (call) => {
  const { parameter, gradient, momentumBuffer } = call.inputs;
  const { learningRate, momentum, nesterov, weightDecay } = call.attrs as unknown as SgdAttributes;
  return run(call, nesterov ? NESTEROV : MOMENTUM, {
    decay: decayOf(weightDecay, false),
    tensors: [parameter!, momentumBuffer!, gradient!],
    scalars: [learningRate, momentum, weightDecay],
  });
};

/** Registers Adam and SGD with one launch for each parameter and step. */
export function registerOptimizers(): void {
  replaceKernel(ADAM_KERNEL, adam);
  replaceKernel(SGD_KERNEL, sgd);
}
