import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "./layers/batch_norm.ts";
import { Conv2d } from "./layers/conv2d.ts";
import { FoldedConv } from "./layers/folded_conv.ts";
import type { LayerShape } from "./layers/module_layer.ts";

/**
 * A copy of a model for inference in which every batch normalisation that directly follows a convolution is part of it:
 * its scale is in the filter, its shift is the bias, and residual and activation follow in the same operation. Outputs
 * equal the model's in inference mode up to rounding.
 *
 * The copy has its own folded filters, which later changes of the model do not reach, and borrows the model's other
 * layers. Free it with {@link disposeFolded}, before the model.
 */
export function foldBatchNorms(model: tf.LayersModel): tf.LayersModel {
  const folding = new Folding(model);
  const outputs = model.outputs.map((output) => folding.tensor(output));
  return tf.model({ inputs: model.inputs, outputs, name: model.name });
}

/** Frees a model made by {@link foldBatchNorms}; the layers it borrowed are not disposed. */
export function disposeFolded(model: tf.LayersModel): void {
  for (const layer of model.layers) if (layer instanceof FoldedConv) layer.dispose();
}

/**
 * Calls a layer of another model. Applying that layer itself would make it part of both models, and disposing one of
 * them would dispose it for the other.
 */
class Borrowed extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumBorrowed";

  constructor(readonly lender: tf.layers.Layer) {
    super({ name: lender.name });
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape | LayerShape[] {
    return this.lender.computeOutputShape(inputShape) as LayerShape | LayerShape[];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor | tf.Tensor[] {
    return this.lender.call(inputs, kwargs);
  }
}

/** How often each tensor of a model is read, outputs included. */
function countReaders(model: tf.LayersModel): Map<number, number> {
  const readers = new Map<number, number>();
  const read = (tensor: tf.SymbolicTensor) => readers.set(tensor.id, (readers.get(tensor.id) ?? 0) + 1);
  const seen = new Set<number>();
  const visit = (tensor: tf.SymbolicTensor) => {
    if (seen.has(tensor.id)) return;
    seen.add(tensor.id);
    for (const input of tensor.inputs) {
      read(input);
      visit(input);
    }
  };
  for (const output of model.outputs) {
    read(output);
    visit(output);
  }
  return readers;
}

/** Rebuilds a model's graph from its outputs back, each tensor once. */
class Folding {
  readonly #made = new Map<number, tf.SymbolicTensor>();
  readonly #readers: Map<number, number>;

  constructor(model: tf.LayersModel) {
    this.#readers = countReaders(model);
    for (const input of model.inputs) this.#made.set(input.id, input);
  }

  /** The tensor of the copy that corresponds to a tensor of the model. */
  tensor(tensor: tf.SymbolicTensor): tf.SymbolicTensor {
    const known = this.#made.get(tensor.id);
    if (known) return known;
    const made = this.#folded(tensor) ?? this.#copied(tensor);
    this.#made.set(tensor.id, made);
    return made;
  }

  /** The output of a convolution and the normalisation after it as one layer; null where there is no such pair. */
  #folded(tensor: tf.SymbolicTensor): tf.SymbolicTensor | null {
    const norm = tensor.sourceLayer;
    const [product, residual] = tensor.inputs;
    const conv = product?.sourceLayer;
    if (!(norm instanceof BatchNorm) || !(conv instanceof Conv2d) || !product) return null;
    if (this.#readers.get(product.id) !== 1 || conv.options.activation) return null;
    const inputs = [product.inputs[0]!, ...(residual ? [residual] : [])].map((input) => this.tensor(input));
    const layer = new FoldedConv(conv, norm);
    return layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
  }

  /** The output of the same layer applied to the tensors of the copy. */
  #copied(tensor: tf.SymbolicTensor): tf.SymbolicTensor {
    const inputs = tensor.inputs.map((input) => this.tensor(input));
    const layer = new Borrowed(tensor.sourceLayer);
    const made = layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as
      | tf.SymbolicTensor
      | tf.SymbolicTensor[];
    return Array.isArray(made) ? made[tensor.outputTensorIndex ?? 0]! : made;
  }
}
