import * as tf from "@tensorflow/tfjs";
import {
  composedFusedConv,
  FUSED_CONV,
  type FusedConvInputs,
  type FusedConvSettings,
} from "../../nn/kernels/fused_conv.ts";
import type { Attribute } from "../attributes.ts";
import { ATTRIBUTE_TYPES, DATA_TYPES } from "../data_types.ts";
import type { NodeBackend } from "../node_backend.ts";
import { conv2d } from "./conv2d.ts";
import { type ConvolutionAttributes, Geometry } from "./convolution_geometry.ts";
import { OptionalKernel } from "./fallback.ts";
import { ONE_DNN_CONVOLUTION } from "../recording/tape.ts";
import { type FloatType, NativeOperations } from "./native_operations.ts";
import {
  dataType,
  flag,
  integer,
  type KernelCall,
  type KernelFunction,
  replaceKernel,
  text,
} from "./operation.ts";
import { prefersWinograd, winograd } from "./winograd.ts";

/** Not in every TensorFlow: other processors, older versions and GPU builds lack it. */
const oneDnnConvolution = new OptionalKernel("fused convolution of oneDNN");

const HALF: FloatType = "bfloat16";

/** The tensors of one fused convolution, and what follows the bias. */
interface Fusion {
  readonly x: tf.TensorInfo;
  readonly filter: tf.TensorInfo;
  readonly bias: tf.TensorInfo;
  readonly residual?: tf.TensorInfo | undefined;
  readonly relu: boolean;
  readonly geometry: Geometry;
}

function fusionAttributes({ residual, relu }: Fusion, type: FloatType): Attribute[] {
  const operations = ["BiasAdd", ...(residual ? ["Add"] : []), ...(relu ? ["Relu"] : [])];
  const added = Array(residual ? 2 : 1).fill(DATA_TYPES[type]);
  return [
    text("_kernel", "MklNameChangeOp"),
    flag("is_filter_const", false),
    integer("num_args", added.length),
    { name: "TArgs", type: ATTRIBUTE_TYPES.type, value: added },
    { name: "fused_ops", type: ATTRIBUTE_TYPES.string, value: operations },
  ];
}

/** Numbers of a fusion's tensors in the type that it is computed in. */
interface Given {
  readonly x: number;
  readonly filter: number;
  readonly bias: number;
  readonly residual?: number | undefined;
}

/**
 * oneDNN's convolution with everything that follows it: the rest costs no pass over memory. TensorFlow's _FusedConv2D is
 * not rewritten to it outside of graphs, and would run slower than the parts.
 */
function oneOperation(operations: NativeOperations, fusion: Fusion, given: Given): number {
  const { geometry } = fusion, { type } = operations;
  const cut = geometry.padding === "EXPLICIT";
  const x = cut ? operations.pad(given.x, geometry.paddings) : given.x;
  const attributes = geometry.attributes({ padding: cut ? "VALID" : geometry.padding, type });
  const inputs = [x, given.filter, given.bias, ...(given.residual === undefined ? [] : [given.residual])];
  return operations.run(ONE_DNN_CONVOLUTION, [...attributes, ...fusionAttributes(fusion, type)], inputs);
}

/** {@link winograd}, and what follows it. */
function byTiles(operations: NativeOperations, fusion: Fusion, { x, bias, residual }: Given): number {
  const shifted = operations.add(winograd(operations, x, fusion), bias);
  const sum = residual === undefined ? shifted : operations.add(shifted, residual);
  return fusion.relu ? operations.run("Relu", [dataType("T", operations.type)], [sum]) : sum;
}

function compute(operations: NativeOperations, fusion: Fusion, given: Given): number {
  const tiles = operations.type === "float32" && prefersWinograd(operations.backend, fusion);
  return (tiles ? byTiles : oneOperation)(operations, fusion, given);
}

function runFused(backend: NodeBackend, fusion: Fusion): tf.Tensor {
  const operations = new NativeOperations(backend, "float32");
  const numberOf = (tensor: tf.TensorInfo) => backend.getInputTensorIds([tensor])[0]!;
  const given = mapTensors(fusion, numberOf);
  return backend.createOutputTensor(operations.end(compute(operations, fusion, given)));
}

function mapTensors({ x, filter, bias, residual }: Fusion, to: (tensor: tf.TensorInfo) => number): Given {
  return { x: to(x), filter: to(filter), bias: to(bias), residual: residual && to(residual) };
}

/**
 * Converts a weight, which was made before the step, outside of the recording: the recorded step is given its bfloat16
 * form, and no run converts weights. That form lives as long as the weight.
 */
function weightToHalf(backend: NodeBackend, id: number): number {
  const { binding } = backend, { tape } = binding;
  const operations = new NativeOperations(backend, HALF);
  binding.tape = null;
  try {
    const attached = operations.end(operations.cast(id, "float32", HALF)).id;
    binding.tensors.attach(id, { attached, form: HALF });
    return attached;
  } finally {
    binding.tape = tape;
  }
}

/** {@link runFused} in bfloat16. TensorFlow.js sees the result in float32; a convolution that follows reads its other form. */
function runHalf(backend: NodeBackend, fusion: Fusion): tf.Tensor {
  const { binding } = backend, { tensors } = binding;
  const operations = new NativeOperations(backend, HALF);
  const given = mapTensors(fusion, (tensor) => {
    const [id] = backend.getInputTensorIds([tensor]);
    return tensors.attached(id!, HALF) ??
      (binding.tape?.isOutside(id!) ? weightToHalf(backend, id!) : operations.cast(id!, "float32", HALF));
  });
  const half = operations.end(compute(operations, fusion, given)).id;
  const y = operations.end(operations.cast(half, HALF, "float32"));
  tensors.attach(y.id, { attached: half, form: HALF });
  return backend.createOutputTensor(y);
}

/** Runs the fused operation where there is one, or what it stands for. */
function orElse(backend: NodeBackend, fusion: Fusion, composed: () => tf.Tensor): tf.Tensor {
  if (backend.isUsingGpuDevice) return composed();
  const isHalf = backend.binding.tape?.options.precision === "bfloat16";
  const fast = isHalf ? runHalf : runFused;
  return oneDnnConvolution.run(backend, { fast: () => fast(backend, fusion), slow: composed });
}

type TfjsAttributes = ConvolutionAttributes & {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
};

/** TensorFlow.js's own fused convolution. */
const fusedConv2d: KernelFunction = (call) => {
  const { x, filter, bias } = call.inputs;
  const { activation = "linear", ...attributes } = call.attrs as unknown as TfjsAttributes;
  const perFilter = bias?.shape.length === 1 && attributes.dataFormat !== "NCHW";
  if (!perFilter || (activation !== "linear" && activation !== "relu")) return unfused(call);
  const geometry = new Geometry(x!.shape, filter!.shape, attributes);
  const fusion = { x: x!, filter: filter!, bias: bias!, relu: activation === "relu", geometry };
  return orElse(call.backend, fusion, () => unfused(call));
};

function unfused(call: KernelCall): tf.Tensor {
  const { bias, preluActivationWeights } = call.inputs as Record<string, tf.Tensor>;
  const { activation = "linear", leakyreluAlpha, dataFormat } = call.attrs as unknown as TfjsAttributes;
  // One value per filter lies along the second axis of NCHW.
  const along = (values: tf.Tensor | undefined) =>
    values?.rank === 1 && dataFormat === "NCHW" ? tf.reshape(values, [-1, 1, 1]) : values;
  return tf.tidy(() => {
    const product = conv2d(call);
    const sum = bias ? tf.add(product, along(bias)!) : product;
    return call.backend.applyActivation(sum, activation, along(preluActivationWeights), leakyreluAlpha);
  });
}

/** Podium's, which may have a residual. */
const podiumFusedConv2d: KernelFunction = (call) => {
  const inputs = call.inputs as unknown as FusedConvInputs;
  const settings = call.attrs as unknown as FusedConvSettings;
  const [top, bottom, left, right] = settings.padding;
  const geometry = new Geometry(inputs.x.shape, inputs.filter.shape, {
    strides: [...settings.strides],
    pad: [[0, 0], [top, bottom], [left, right], [0, 0]],
  });
  const fusion = { ...inputs, relu: settings.relu, geometry };
  return orElse(call.backend, fusion, () => composedFusedConv(inputs, settings));
};

/** Convolution, bias, residual and relu in one operation on the CPU. */
export function registerFusedConv2d(): void {
  replaceKernel("FusedConv2D", fusedConv2d);
  replaceKernel(FUSED_CONV, podiumFusedConv2d);
}
