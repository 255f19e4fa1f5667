import type * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { defineOptimizer, type Optimizer, type OptimizerContext } from "../../plugin.ts";
import { applySgd, decaysFor, OptimizerSlots } from "../../network.ts";

const params = z.strictObject({
  lr: z.number().min(0).default(0.001).describe("Learning rate before any schedule"),
  momentum: z.number().min(0).default(0.9).describe("Share of the last step kept in this one"),
  nesterov: z.boolean().default(true).describe("Look ahead along the momentum"),
  weight_decay: z.number().min(0).default(0).describe("L2 penalty, added to the gradient"),
  skip_decay: z.boolean().default(false).describe(
    "No weight decay on biases, normalisation, tokens and positions",
  ),
}).refine((settings) => !settings.nesterov || settings.momentum > 0, {
  message: "nesterov needs a momentum above 0",
  path: ["nesterov"],
});

function create(settings: z.output<typeof params>, context: OptimizerContext): Optimizer {
  const slots = new OptimizerSlots(context.variables, ["momentum_buffer"]);
  const { momentum, nesterov, weight_decay } = settings;
  let steps = 0;
  const update = (name: string, gradient: tf.Tensor, { rate }: { rate: number }) => {
    const parameter = context.variables.get(name)!;
    const inputs = { parameter, gradient, momentumBuffer: slots.read("momentum_buffer", name) };
    const weightDecay = decaysFor(context, settings, name) ? weight_decay : 0;
    const learningRate = rate * (context.rateFactor?.(name) ?? 1);
    const attributes = { learningRate, momentum, nesterov, weightDecay, consumes: true };
    slots.update(name, applySgd(inputs, attributes));
  };
  return {
    learningRate: settings.lr,
    step(gradients, rate) {
      steps += 1;
      for (const [name, gradient] of Object.entries(gradients)) update(name, gradient, { rate });
    },
    get steps() {
      return steps;
    },
    state: () => slots.state(),
    restore(state, done) {
      slots.restore(state);
      steps = done;
    },
    dispose: () => slots.dispose(),
  };
}

/** Stochastic gradient descent with momentum in PyTorch's form. */
export default defineOptimizer({ name: "sgd", about: "SGD with momentum in PyTorch's form", params, create });
