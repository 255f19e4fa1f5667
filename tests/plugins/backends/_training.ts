import * as tf from "@tensorflow/tfjs";
import { namedVariables } from "../../../core/nn/named_variables.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { Random } from "../../../core/base/random.ts";
import { createModel } from "../../../core/experiment/create_model.ts";
import { backwardPass, type BatchTensors } from "../../../core/train/backward_pass.ts";

/** A model in training on the current backend, fed with the same pictures everywhere. */
export interface Trainee {
  /** One step; gives its loss. */
  step(): Promise<number>;
  dispose(): void;
}

const CLASSES = 5;
const CHANNELS = 4;

const registry = await loadPlugins([], ["models", "losses", "optimizers"]);

function batchOf(step: number, { size, count }: { size: number; count: number }): BatchTensors {
  const random = new Random(11, "pictures", step);
  const images = Float32Array.from({ length: count * size * size * CHANNELS }, () => random.uniform(-1, 1));
  const labels = Float32Array.from({ length: count * CLASSES }, () => (random.next() < 0.3 ? 1 : 0));
  return {
    images: tf.tensor4d(images, [count, size, size, CHANNELS]),
    labels: tf.tensor2d(labels, [count, CLASSES]),
  };
}

/** A small residual network, focal loss and Adam; `batches` different batches come round and round. */
export function makeTrainee(
  options: {
    readonly size: number;
    readonly width: number;
    readonly batches: number;
    /** Pictures in a batch. */
    readonly count: number;
  },
): Trainee {
  const { size, width, batches, count } = options;
  const model = createModel({ model: { name: "resnet18", params: { width } }, seed: 1 }, registry, {
    classes: CLASSES,
    channels: CHANNELS,
    size,
  });
  const variables = namedVariables(model);
  const loss = registry.get("losses", "binary_focal_loss").create({}, {
    classes: CLASSES,
    target: "class_set",
  });
  const optimizer = registry.get("optimizers", "adam").create({ lr: 1e-3 }, { variables });
  let steps = 0;
  const step = async () => {
    const batch = batchOf(steps++ % batches, { size, count });
    const { loss: value, logits, gradients } = backwardPass({ model, loss, variables }, batch);
    optimizer.step(gradients, optimizer.learningRate);
    const [number] = await value.data();
    tf.dispose([value, logits, gradients, batch.images, batch.labels]);
    return number!;
  };
  const dispose = () => {
    optimizer.dispose();
    model.dispose();
  };
  return { step, dispose };
}
