import * as tf from "@tensorflow/tfjs";
import { activate, type ActivationName } from "./activations.ts";
import { type Initializer, uniformFanIn } from "./initializers.ts";
import { type LayerShape, ModuleLayer, type ModuleOptions, onlyInput, onlyShape } from "./module_layer.ts";
import { LINEAR } from "./parameter_layout.ts";

/** Options of a linear layer. */
export interface LinearOptions extends ModuleOptions {
  readonly outputs: number;
  /** The activation after it; none when left out. */
  readonly activation?: ActivationName;
  /** PyTorch's uniform within `1 / sqrt(inputs)` when left out. */
  readonly initializer?: Initializer;
  /** As the weights when left out. */
  readonly biasInitializer?: Initializer;
}

/** torch.nn.Linear with bias over the last axis: `[batch, inputs]` to `[batch, outputs]`. */
export class Linear extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumLinear";
  readonly options: LinearOptions;

  constructor(options: LinearOptions) {
    super(options);
    this.options = options;
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const inputs = onlyShape(inputShape).at(-1)!;
    const { outputs, initializer = uniformFanIn(inputs), biasInitializer = uniformFanIn(inputs) } =
      this.options;
    this.addParameter("weight", { shape: [inputs, outputs], initializer, layout: LINEAR });
    this.addParameter("bias", { shape: [outputs], initializer: biasInitializer });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return [...onlyShape(inputShape).slice(0, -1), this.options.outputs];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = onlyInput(inputs);
    const of = (name: string) => this.parameters.get(name)!.variable;
    const flat = x.reshape([-1, x.shape.at(-1)!]) as tf.Tensor2D;
    const y = tf.add(tf.matMul(flat, of("weight") as unknown as tf.Tensor2D), of("bias"));
    return activate(y, this.options.activation).reshape([...x.shape.slice(0, -1), this.options.outputs]);
  }
}
