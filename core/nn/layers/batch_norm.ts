import * as tf from "@tensorflow/tfjs";
import { activate, type ActivationName } from "./activations.ts";
import { batchNormTraining } from "../kernels/batch_norm_training.ts";
import { constant } from "./initializers.ts";
import { type LayerShape, ModuleLayer, type ModuleOptions, onlyShape } from "./module_layer.ts";

/** Options of a batch normalisation. */
export interface BatchNormOptions extends ModuleOptions {
  /** PyTorch's 1e-5 when left out. */
  readonly epsilon?: number;
  /** The weight of the new batch in the running statistics; PyTorch's 0.1 when left out. */
  readonly momentum?: number;
  /** The activation after it; none when left out. */
  readonly activation?: ActivationName;
  /** Initial scale; 1 when left out. */
  readonly scale?: number;
}

/**
 * torch.nn.BatchNorm2d and 1d. A second input is added to the normalised first one before the activation: the residual
 * of a ResNet block. In training (`kwargs.training`) it moves its running statistics, outside the gradient; in
 * inference, and when it is frozen (`trainable` false), it reads them.
 */
export class BatchNorm extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumBatchNorm";
  readonly options: BatchNormOptions;
  readonly epsilon: number;
  /** The weight of the next batch in the running statistics; null averages all batches alike (`1 / count`). */
  momentum: number | null;
  /** False while a forward pass is repeated for its gradient: the statistics are not moved twice then. */
  tracking = true;
  /** Batches seen in training: PyTorch's `num_batches_tracked`. */
  batchesTracked = 0;

  constructor(options: BatchNormOptions) {
    super(options);
    this.options = options;
    this.epsilon = options.epsilon ?? 1e-5;
    this.momentum = options.momentum ?? 0.1;
  }

  /** Mean of what was seen in training, `[channels]`. */
  get runningMean(): tf.Variable {
    return this.buffers.get("running_mean")!.variable;
  }

  /** Unbiased variance of what was seen in training, `[channels]`. */
  get runningVar(): tf.Variable {
    return this.buffers.get("running_var")!.variable;
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const shape = [onlyShape(inputShape).at(-1)!];
    this.addParameter("weight", { shape, initializer: constant(this.options.scale ?? 1) });
    this.addParameter("bias", { shape, initializer: constant(0) });
    this.addParameter("running_mean", { shape, initializer: constant(0), trainable: false });
    this.addParameter("running_var", { shape, initializer: constant(1), trainable: false });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return onlyShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const [x, residual] = Array.isArray(inputs) ? inputs : [inputs];
    const normalised = kwargs?.training && this.trainable ? this.#train(x!) : this.#infer(x!);
    const sum = residual ? tf.add(normalised, residual) : normalised;
    return activate(sum, this.options.activation);
  }

  #train(x: tf.Tensor): tf.Tensor {
    const { runningMean, runningVar } = this;
    if (this.tracking) this.batchesTracked += 1;
    const momentum = this.momentum ?? 1 / this.batchesTracked;
    const made = batchNormTraining({ x, ...this.#affine(), runningMean, runningVar }, {
      epsilon: this.epsilon,
      momentum,
    });
    if (this.tracking) {
      runningMean.assign(made.runningMean);
      runningVar.assign(made.runningVar);
    }
    return made.y;
  }

  #infer(x: tf.Tensor): tf.Tensor {
    const { scale, offset } = this.#affine();
    const [mean, variance] = [this.runningMean, this.runningVar] as unknown as [tf.Tensor1D, tf.Tensor1D];
    return tf.batchNorm(x as tf.Tensor4D, mean, variance, offset, scale, this.epsilon);
  }

  #affine(): { scale: tf.Tensor1D; offset: tf.Tensor1D } {
    const of = (name: string) => this.parameters.get(name)!.variable as unknown as tf.Tensor1D;
    return { scale: of("weight"), offset: of("bias") };
  }
}
