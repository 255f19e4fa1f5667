import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../nn/layers/batch_norm.ts";
import type { DropArguments } from "../nn/layers/dropout.ts";
import { ModuleLayer } from "../nn/layers/module_layer.ts";
import { moduleLayers } from "../nn/named_variables.ts";
import type { Model } from "../plugin/contracts.ts";
import { cutModel, type Segment } from "../nn/model_graph.ts";
import { runOperations } from "../nn/run_operations.ts";

/** A forward pass: images `[batch, size, size, channels]` to logits and auxiliary logits. */
export type Forward = (images: tf.Tensor4D, args: DropArguments) => tf.Tensor2D[];

interface Part {
  readonly segment: Segment;
  readonly norms: readonly BatchNorm[];
  readonly variables: readonly tf.Variable[];
  /** Whether the gradient must be propagated to this segment's input. */
  readonly inner: boolean;
}

/** All module layers of a segment, including those of nested models. */
export function layersOf(segment: Segment): ModuleLayer[] {
  return segment.operations.flatMap(({ layer }) => {
    if (layer instanceof ModuleLayer) return [layer];
    return layer instanceof tf.LayersModel ? moduleLayers(layer) : [];
  });
}

function trainedVariables(layers: readonly ModuleLayer[]): tf.Variable[] {
  const all = layers.flatMap((layer) => [...layer.parameters.values()].map(({ variable }) => variable));
  return all.filter((variable) => variable.trainable);
}

/** Runs a segment's layers in order and returns the tensors of `wanted`; all other activations are disposed. */
function runSegment(
  { operations, input }: Segment,
  value: tf.Tensor,
  { args, wanted }: { args: DropArguments; wanted: readonly tf.SymbolicTensor[] },
): tf.Tensor[] {
  return runOperations(operations, { known: new Map([[input.id, value]]), args, wanted });
}

function outputOf(segment: Segment, input: tf.Tensor, args: DropArguments): tf.Tensor {
  return runSegment(segment, input, { args, wanted: [segment.output] })[0]!;
}

/**
 * Gradients of `f` with respect to `inputs`, computed while another gradient is being computed. TensorFlow.js has a
 * single gradient tape that the inner computation would overwrite, so the outer tape is restored afterwards.
 */
function nestedGradients(f: () => tf.Tensor, inputs: tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const { state } = tf.engine() as unknown as { state: { activeTape: unknown } };
  const tape = state.activeTape;
  try {
    const { grads } = tf.engine().gradients(f, inputs, dy);
    return grads.map((gradient, index) => gradient ?? tf.zerosLike(inputs[index]!));
  } finally {
    state.activeTape = tape;
  }
}

/** Runs a segment without keeping its activations; the backward pass recomputes them. */
function runRecomputed(
  { segment, norms, variables, inner }: Part,
  input: tf.Tensor,
  args: DropArguments,
): tf.Tensor {
  const again = (x: tf.Tensor, dy: tf.Tensor): tf.Tensor[] => {
    for (const norm of norms) norm.tracking = false;
    try {
      return nestedGradients(() => outputOf(segment, x, args), [...(inner ? [x] : []), ...variables], dy);
    } finally {
      for (const norm of norms) norm.tracking = true;
    }
  };
  const operation = tf.customGrad((...given) => {
    const save = given.at(-1) as tf.GradSaveFunc;
    const value = outputOf(segment, input, args);
    save([input]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => again(saved[0]!, dy) };
  });
  return operation(...(inner ? [input] : []), ...variables);
}

/**
 * Forward pass with gradient checkpointing: the model is cut into segments and only their outputs are kept; activations
 * inside a segment are recomputed in the backward pass. Logits, gradients and running statistics are unchanged; a
 * training step takes about a third more compute.
 *
 * Source: Chen et al., "Training deep nets with sublinear memory cost", 2016.
 *
 * @param parts number of segments, if the model can be cut into that many
 */
export function recomputingForward(model: Model, parts: number): Forward {
  let inner = false;
  const cut: Part[] = cutModel(model, parts).map((segment) => {
    const layers = layersOf(segment);
    const variables = trainedVariables(layers);
    const norms = layers.filter((layer): layer is BatchNorm => layer instanceof BatchNorm);
    const part = { segment, norms, variables, inner };
    inner ||= variables.length > 0;
    return part;
  });
  const outputs = new Set(model.outputs.map(({ id }) => id));
  return (images, args) => {
    const made = new Map<number, tf.Tensor>();
    let value: tf.Tensor = images;
    for (const part of cut) {
      const { segment, variables, inner } = part;
      const plain = segment.emits || (variables.length === 0 && !inner);
      const emitted = segment.operations.map(({ output }) => output).filter(({ id }) => outputs.has(id));
      const wanted = [segment.output, ...emitted];
      const given = plain ? runSegment(segment, value, { args, wanted }) : [runRecomputed(part, value, args)];
      given.forEach((tensor, index) => made.set(wanted[index]!.id, tensor));
      value = given[0]!;
    }
    return model.outputs.map(({ id }) => made.get(id) as tf.Tensor2D);
  };
}
