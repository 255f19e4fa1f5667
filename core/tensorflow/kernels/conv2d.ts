import type * as tf from "@tensorflow/tfjs";
import { type ConvolutionAttributes, Geometry } from "./convolution_geometry.ts";
import { filterGradient, inputGradient } from "./convolution_gradients.ts";
import { filterGradientByProduct, prefersProduct } from "./filter_gradient_product.ts";
import { type KernelCall, type KernelFunction, replaceKernel, runOne } from "./operation.ts";

type Given = ConvolutionAttributes & { readonly filterShape: number[]; readonly inputShape: number[] };

/** Forward convolution. */
export function conv2d({ inputs, attrs, backend }: KernelCall): tf.Tensor {
  const { x, filter } = inputs;
  const geometry = new Geometry(x!.shape, filter!.shape, attrs as unknown as Given);
  return runOne(backend, "Conv2D", { attributes: geometry.attributes(), inputs: [x!, filter!] });
}

const conv2dFilter: KernelFunction = ({ inputs, attrs, backend }) => {
  const { x, dy } = inputs;
  const given = attrs as unknown as Given;
  const geometry = new Geometry(x!.shape, given.filterShape, { ...given, dilations: 1 });
  const parts = { x: x!, dy: dy!, geometry };
  return prefersProduct(backend, parts)
    ? filterGradientByProduct(backend, parts)
    : filterGradient(backend, "Conv2DBackpropFilter", parts);
};

const conv2dInput: KernelFunction = ({ inputs, attrs, backend }) => {
  const { dy, filter } = inputs;
  const given = attrs as unknown as Given;
  const geometry = new Geometry(given.inputShape, filter!.shape, { ...given, dilations: 1 });
  return inputGradient(backend, "Conv2DBackpropInput", { dy: dy!, filter: filter!, geometry });
};

const depthwise: KernelFunction = ({ inputs, attrs, backend }) => {
  const { x, filter } = inputs;
  const geometry = new Geometry(x!.shape, filter!.shape, { ...attrs as unknown as Given, depthwise: true });
  return runOne(backend, "DepthwiseConv2dNative", {
    attributes: geometry.attributes(),
    inputs: [x!, filter!],
  });
};

const depthwiseFilter: KernelFunction = ({ inputs, attrs, backend }) => {
  const { x, dy } = inputs;
  const given = attrs as unknown as Given;
  const geometry = new Geometry(x!.shape, given.filterShape, { ...given, depthwise: true });
  return filterGradient(backend, "DepthwiseConv2dNativeBackpropFilter", { x: x!, dy: dy!, geometry });
};

const depthwiseInput: KernelFunction = ({ inputs, attrs, backend }) => {
  const { dy, filter } = inputs;
  const given = attrs as unknown as Given;
  const geometry = new Geometry(given.inputShape, filter!.shape, { ...given, depthwise: true });
  return inputGradient(backend, "DepthwiseConv2dNativeBackpropInput", { dy: dy!, filter: filter!, geometry });
};

/** Convolutions, dense and depthwise, and their gradients, with any padding. */
export function registerConv2d(): void {
  replaceKernel("Conv2D", conv2d);
  replaceKernel("Conv2DBackpropFilter", conv2dFilter);
  replaceKernel("Conv2DBackpropInput", conv2dInput);
  replaceKernel("DepthwiseConv2dNative", depthwise);
  replaceKernel("DepthwiseConv2dNativeBackpropFilter", depthwiseFilter);
  replaceKernel("DepthwiseConv2dNativeBackpropInput", depthwiseInput);
}
