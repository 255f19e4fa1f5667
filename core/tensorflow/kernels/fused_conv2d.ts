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
import {
  flag,
  integer,
  type KernelCall,
  type KernelFunction,
  replaceKernel,
  runOne,
  text,
} from "./operation.ts";

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

function fusionAttributes({ residual, relu }: Fusion): Attribute[] {
  const operations = ["BiasAdd", ...(residual ? ["Add"] : []), ...(relu ? ["Relu"] : [])];
  const float = DATA_TYPES.float32;
  return [
    text("_kernel", "MklNameChangeOp"),
    flag("is_filter_const", false),
    integer("num_args", residual ? 2 : 1),
    { name: "TArgs", type: ATTRIBUTE_TYPES.type, value: residual ? [float, float] : [float] },
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
    return runOne(backend, "_MklNativeFusedConv2D", {
      attributes: [
        ...geometry.attributes({ padding: cut ? "VALID" : geometry.padding }),
        ...fusionAttributes(fusion),
      ],
      inputs: [padded, filter, bias, ...(residual ? [residual] : [])],
    });
  });
}

/** Runs the fused operation where there is one, or what it stands for. */
function orElse(backend: NodeBackend, fusion: Fusion, composed: () => tf.Tensor): tf.Tensor {
  if (backend.isUsingGpuDevice) return composed();
  return oneDnnConvolution.run(backend, { fast: () => runFused(backend, fusion), slow: composed });
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
