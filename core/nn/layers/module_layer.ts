import * as tf from "@tensorflow/tfjs";
import { type Initializer, parameterRandom } from "./initializers.ts";
import { type ParameterLayout, VECTOR } from "./parameter_layout.ts";

/** A tensor that belongs to a layer, under PyTorch's name for it within its module. */
export interface Parameter {
  readonly variable: tf.Variable;
  /** How its axes lie in PyTorch. */
  readonly layout: ParameterLayout;
}

/** Options of every layer that stands for a PyTorch module. */
export interface ModuleOptions {
  /** PyTorch's module path, such as `layer1.0.conv1`. */
  readonly name: string;
  /** Seed of the initial values. */
  readonly seed: number;
}

/** How a parameter is created. */
export interface ParameterOptions {
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  readonly layout?: ParameterLayout;
  /** False for running statistics. */
  readonly trainable?: boolean;
}

/** A shape as tf.layers writes it, null where a dimension is not known. */
export type LayerShape = (number | null)[];

let drawing = true;

/**
 * Makes a model whose parameters are all zero: for weights that are loaded right after, where drawing millions of
 * random numbers first would only cost seconds.
 */
export function withoutInitialValues<Model>(make: () => Model): Model {
  const before = drawing;
  drawing = false;
  try {
    return make();
  } finally {
    drawing = before;
  }
}

/** A tf layer that stands for a PyTorch module: it knows its parameters and buffers by PyTorch's names. */
export abstract class ModuleLayer extends tf.layers.Layer {
  /** Trained tensors, such as `weight`. */
  readonly parameters: Map<string, Parameter> = new Map();
  /** Tensors that are kept but not trained, such as `running_mean`. */
  readonly buffers: Map<string, Parameter> = new Map();
  /** Seed of the initial values. */
  readonly seed: number;

  constructor(options: ModuleOptions) {
    super({ name: options.name });
    this.seed = options.seed;
  }

  /**
   * PyTorch's name of a tensor of this module, such as `layer1.0.conv1.weight`. A parameter that belongs to the net itself
   * has the name "" here and is called like its layer, such as `cls_token`.
   */
  tensorName(name: string): string {
    return name === "" ? this.name : `${this.name}.${name}`;
  }

  /** Makes a parameter or, when it is not trainable, a buffer. */
  protected addParameter(name: string, options: ParameterOptions): tf.Variable {
    const { shape, initializer, layout = VECTOR, trainable = true } = options;
    const draw = () =>
      tf.tensor(initializer(shape, parameterRandom(this.seed, this.tensorName(name))), [...shape]);
    const made = { apply: drawing ? draw : () => tf.zeros([...shape]) } as unknown as Parameters<
      tf.layers.Layer["addWeight"]
    >[3];
    const weight = this.addWeight(name || this.name, [...shape], "float32", made, undefined, trainable);
    const variable = weight.read() as tf.Variable;
    (trainable ? this.parameters : this.buffers).set(name, { variable, layout });
    return variable;
  }
}

/** The only input of a layer that tf.layers may hand over as a list. */
export function onlyInput(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}

/** The only input shape of a layer that tf.layers may hand over as a list. */
export function onlyShape(shape: LayerShape | LayerShape[]): LayerShape {
  return Array.isArray(shape[0]) ? shape[0] : shape as LayerShape;
}
