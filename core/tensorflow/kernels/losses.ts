import { SOFTMAX_LOSS_KERNEL, SOFTPLUS_KERNEL } from "../../nn/kernels/loss_kernels.ts";
import { dataType, type KernelFunction, replaceKernel, runMany, runOne } from "./operation.ts";

const softplus: KernelFunction = ({ inputs, backend }) => [
  runOne(backend, "Softplus", { attributes: [dataType("T")], inputs: [inputs.x!] }),
];

const softmaxLoss: KernelFunction = ({ inputs, backend }) =>
  runMany(backend, "SoftmaxCrossEntropyWithLogits", {
    attributes: [dataType("T")],
    inputs: [inputs.logits!, inputs.targets!],
    outputs: 2,
  });

/** The parts of losses that TensorFlow has operations for. */
export function registerLosses(): void {
  replaceKernel(SOFTPLUS_KERNEL, softplus);
  replaceKernel(SOFTMAX_LOSS_KERNEL, softmaxLoss);
}
