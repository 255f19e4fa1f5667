import * as tf from "@tensorflow/tfjs";
import type { GroupedConvSettings } from "../../nn/kernels/grouped_conv_composed.ts";
import {
  composedKernel,
  GROUPED_CONV,
  GROUPED_CONV_FILTER,
  GROUPED_CONV_INPUT,
} from "../../nn/kernels/layer_kernels.ts";
import { type ConvolutionAttributes, Geometry } from "./convolution_geometry.ts";
import { filterGradient, inputGradient } from "./convolution_gradients.ts";
import { OptionalKernel } from "./fallback.ts";
import { type KernelCall, type KernelFunction, replaceKernel, runOne } from "./operation.ts";

/** A kernel that falls back to convolutions of dense parts: groups need oneDNN or cuDNN. */
function withFallback(name: string, kernel: (call: KernelCall) => tf.Tensor): KernelFunction {
  const grouped = new OptionalKernel(`grouped kernel for ${name}`);
  return (call) =>
    grouped.run(call.backend, {
      fast: () => [kernel(call)],
      slow: () => tf.tidy(() => composedKernel(name)(call.inputs as tf.NamedTensorMap, call.attrs)),
    });
}

function windowOf(attrs: KernelCall["attrs"]): ConvolutionAttributes {
  const { strides, padding: [top, bottom, left, right] } = attrs as unknown as GroupedConvSettings;
  return { strides: [...strides], pad: [[0, 0], [top, bottom], [left, right], [0, 0]] };
}

function forward({ inputs, attrs, backend }: KernelCall): tf.Tensor {
  const { x, filter } = inputs;
  const geometry = new Geometry(x!.shape, filter!.shape, windowOf(attrs));
  return runOne(backend, "Conv2D", { attributes: geometry.attributes(), inputs: [x!, filter!] });
}

function filterOf({ inputs, attrs, backend }: KernelCall): tf.Tensor {
  const { x, dy } = inputs;
  const { filterShape } = attrs as { filterShape: number[] };
  const geometry = new Geometry(x!.shape, filterShape, windowOf(attrs));
  return filterGradient(backend, "Conv2DBackpropFilter", { x: x!, dy: dy!, geometry });
}

function inputOf({ inputs, attrs, backend }: KernelCall): tf.Tensor {
  const { dy, filter } = inputs;
  const { inputShape } = attrs as { inputShape: number[] };
  const geometry = new Geometry(inputShape, filter!.shape, windowOf(attrs));
  return inputGradient(backend, "Conv2DBackpropInput", { dy: dy!, filter: filter!, geometry });
}

/** Grouped convolution and its gradients: TensorFlow's dense operations count the groups from the filter's depth. */
export function registerGroupedConv(): void {
  replaceKernel(GROUPED_CONV, withFallback(GROUPED_CONV, forward));
  replaceKernel(GROUPED_CONV_FILTER, withFallback(GROUPED_CONV_FILTER, filterOf));
  replaceKernel(GROUPED_CONV_INPUT, withFallback(GROUPED_CONV_INPUT, inputOf));
}
