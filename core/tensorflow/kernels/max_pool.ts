import * as tf from "@tensorflow/tfjs";
import type { Attribute } from "../attributes.ts";
import { OptionalKernel } from "./fallback.ts";
import {
  dataType,
  flag,
  integer,
  type KernelCall,
  type KernelFunction,
  replaceKernel,
  runMany,
  runOne,
  text,
} from "./operation.ts";

/** What tfjs-core hands to the pooling kernels. */
interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: "valid" | "same" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

function attributesOf(inShape: readonly number[], attrs: PoolAttributes): Attribute[] {
  const info = tf.backend_util.computePool2DInfo(
    inShape as [number, number, number, number],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const padding = info.padInfo.type;
  if (padding !== "VALID" && padding !== "SAME") {
    throw new Error(
      `Cannot pool with the padding ${JSON.stringify(attrs.pad)}: pad the input first, then pool "valid"`,
    );
  }
  return [
    dataType("T"),
    integer("ksize", [1, info.filterHeight, info.filterWidth, 1]),
    integer("strides", [1, info.strideHeight, info.strideWidth, 1]),
    text("padding", padding),
    text("data_format", "NHWC"),
  ];
}

/** The label under which oneDNN's operations are registered, and the wish for the forward pass's notes. */
const ONEDNN: readonly Attribute[] = [text("_kernel", "MklNameChangeOp"), flag("workspace_enabled", true)];

/** Not in every TensorFlow: builds without oneDNN and those for other processors lack it. */
const oneDnnPooling = new OptionalKernel("max pooling gradient of oneDNN");

/**
 * oneDNN's gradient needs the forward pass's notes on who won, so the forward pass runs again: both together take a
 * twentieth of the time of MaxPoolGrad, which searches every window on one thread.
 */
function oneDnnGradient({ inputs, backend }: KernelCall, attributes: readonly Attribute[]): tf.Tensor {
  const { dy, input } = inputs;
  return tf.tidy(() => {
    const all = [...attributes, ...ONEDNN];
    const [y, notes] = runMany(backend, "_MklNativeMaxPool", {
      attributes: all,
      inputs: [input!],
      outputs: 2,
    });
    return runOne(backend, "_MklNativeMaxPoolGrad", { attributes: all, inputs: [input!, y!, dy!, notes!] });
  });
}

const maxPoolGradient: KernelFunction = (call) => {
  const { inputs: { dy, input, output }, attrs, backend } = call;
  const attributes = attributesOf(input!.shape, attrs as unknown as PoolAttributes);
  const slow = () => runOne(backend, "MaxPoolGrad", { attributes, inputs: [input!, output!, dy!] });
  if (backend.isUsingGpuDevice) return slow();
  return oneDnnPooling.run(backend, { fast: () => oneDnnGradient(call, attributes), slow });
};

/** The gradient of max pooling by oneDNN where TensorFlow has it. */
export function registerMaxPool(): void {
  replaceKernel("MaxPoolGrad", maxPoolGradient);
}
