/**
 * The API for model, loss and optimizer plugins, in addition to `./plugin`: layers with PyTorch's names, losses with
 * custom gradients, fused optimizer updates. Loads TensorFlow.js.
 *
 * @module
 */
export { NetworkBuilder } from "./core/nn/builder.ts";
export { divisibleFilters } from "./core/nn/divisible_filters.ts";
export { disposeUnused, lastFeatures } from "./core/nn/features.ts";
export { applySoftmaxLoss, applySoftplus } from "./core/nn/kernels/loss_kernels.ts";
export { applyAdam, applySgd } from "./core/nn/kernels/update_kernels.ts";
export type { Sides } from "./core/nn/layers/conv2d.ts";
export {
  constant,
  type Initializer,
  normal,
  truncatedNormal,
  uniform,
} from "./core/nn/layers/initializers.ts";
export { type LossWithSlope, meanLoss } from "./core/nn/mean_loss.ts";
export { softplus } from "./core/nn/softplus.ts";
export { createAdam } from "./core/optim/adam.ts";
export { decaysFor, OptimizerSlots } from "./core/optim/optimizer_slots.ts";
