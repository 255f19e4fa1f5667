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
import {
  dataType,
  flag,
  integer,
  type KernelCall,
  type KernelFunction,
  replaceKernel,
  runOne,
  text,
} from "./operation.ts";
import { prefersWinograd, winograd } from "./winograd.ts";

/** Not in every TensorFlow: other processors, older versions and GPU builds lack it. */
const oneDnnConvolution = new OptionalKernel("fused convolution of oneDNN");

/** The tensors of one fused convolution, and what follows the bias. */
interface Fusion {
  readonly x: tf.TensorInfo;
  readonly filter: tf.TensorInfo;
  readonly bias: tf.TensorInfo;
  readonly residual?: tf.TensorInfo | undefined;
  readonly relu: boolean;
  readonly geometry: Geometry;
}

function fusionAttributes({ residual, relu }: Fusion, type: "float32" | "bfloat16"): Attribute[] {
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

/**
 * oneDNN's convolution with everything that follows it: the rest costs no pass over memory. TensorFlow's _FusedConv2D is
 * not rewritten to it outside of graphs, and would run slower than the parts.
 */
function runFused(backend: NodeBackend, fusion: Fusion): tf.Tensor {
  const { x, filter, bias, residual, geometry } = fusion;
  const cut = geometry.padding === "EXPLICIT";
  return tf.tidy(() => {
    const padded = cut ? tf.pad(x as tf.Tensor, geometry.paddings) : x;
    return runOne(backend, ONE_DNN_CONVOLUTION, {
      attributes: [
        ...geometry.attributes({ padding: cut ? "VALID" : geometry.padding }),
        ...fusionAttributes(fusion, "float32"),
      ],
      inputs: [padded, filter, bias, ...(residual ? [residual] : [])],
    });
  });
}

function castAttributes(from: "float32" | "bfloat16", to: "float32" | "bfloat16"): Attribute[] {
  return [dataType("SrcT", from), dataType("DstT", to), flag("Truncate", false)];
}

/** Converts a native tensor; returns the other one's number. */
function toHalf({ binding }: NodeBackend, id: number): number {
  return binding.executeOp("Cast", castAttributes("float32", "bfloat16"), [id], 1)[0]!.id;
}

/**
 * Converts a weight, which was made before the step, outside of the recording: the recorded step is given its bfloat16
 * form, and no run converts weights. That form lives as long as the weight.
 */
function weightToHalf(backend: NodeBackend, id: number): number {
  const { binding } = backend, { tape } = binding;
  binding.tape = null;
  try {
    const half = toHalf(backend, id);
    binding.tensors.attach(id, { attached: half, dataType: DATA_TYPES.bfloat16 });
    return half;
  } finally {
    binding.tape = tape;
  }
}

/** {@link runFused} in bfloat16. TensorFlow.js sees the result in float32; a convolution that follows reads its other form. */
function runHalf(backend: NodeBackend, fusion: Fusion): tf.Tensor {
  const { binding } = backend, { tensors } = binding;
  const { x, filter, bias, residual, geometry } = fusion;
  const passing: number[] = [];
  const passes = (id: number) => passing[passing.push(id) - 1]!;
  const halfOf = (id: number) =>
    tensors.attached(id, DATA_TYPES.bfloat16) ??
      (binding.tape?.isOutside(id) ? weightToHalf(backend, id) : passes(toHalf(backend, id)));
  const [image, ...others] = backend.getInputTensorIds([x, filter, bias, ...(residual ? [residual] : [])])
    .map(halfOf);
  const cut = geometry.padding === "EXPLICIT";
  const padded = cut ? passes(pad(backend, image!, geometry.paddings)) : image!;
  const attributes = [
    ...geometry.attributes({ padding: cut ? "VALID" : geometry.padding, type: "bfloat16" }),
    ...fusionAttributes(fusion, "bfloat16"),
  ];
  const [half] = binding.executeOp(ONE_DNN_CONVOLUTION, attributes, [padded, ...others], 1);
  for (const id of passing) binding.deleteTensor(id);
  const [y] = binding.executeOp("Cast", castAttributes("bfloat16", "float32"), [half!.id], 1);
  tensors.attach(y!.id, { attached: half!.id, dataType: DATA_TYPES.bfloat16 });
  return backend.createOutputTensor(y!);
}

/** A bfloat16 tensor with zeros around it; returns its number. */
function pad({ binding }: NodeBackend, id: number, paddings: readonly [number, number][]): number {
  const zeros = binding.createTensor(
    [paddings.length, 2],
    DATA_TYPES.int32,
    Int32Array.from(paddings.flat()),
  );
  const attributes = [dataType("T", "bfloat16"), dataType("Tpaddings", "int32")];
  const [padded] = binding.executeOp("Pad", attributes, [id, zeros], 1);
  binding.deleteTensor(zeros);
  return padded!.id;
}

/** By {@link winograd}, and what follows it. */
function runByTiles(backend: NodeBackend, fusion: Fusion): tf.Tensor {
  return tf.tidy(() => {
    const shifted = tf.add(winograd(backend, fusion), fusion.bias as tf.Tensor);
    const sum = fusion.residual ? tf.add(shifted, fusion.residual as tf.Tensor) : shifted;
    return fusion.relu ? tf.relu(sum) : sum;
  });
}

/** Runs the fused operation where there is one, or what it stands for. */
function orElse(backend: NodeBackend, fusion: Fusion, composed: () => tf.Tensor): tf.Tensor {
  if (backend.isUsingGpuDevice) return composed();
  const isHalf = backend.binding.tape?.options.precision === "bfloat16";
  if (!isHalf && prefersWinograd(backend, fusion)) return runByTiles(backend, fusion);
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
