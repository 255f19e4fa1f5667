import type * as tf from "@tensorflow/tfjs";
import { configProblem } from "../base/problem.ts";

/** One call of a layer, with its input and output tensors. */
export interface Operation {
  readonly layer: tf.layers.Layer;
  readonly inputs: readonly tf.SymbolicTensor[];
  readonly output: tf.SymbolicTensor;
}

/** Consecutive operations with a single tensor going in and a single one coming out. */
export interface Segment {
  readonly input: tf.SymbolicTensor;
  readonly operations: readonly Operation[];
  readonly output: tf.SymbolicTensor;
  /** Whether it computes an output of the model. */
  readonly emits: boolean;
}

/** The operations of a model in topological order; those of auxiliary outputs come as early as possible. */
export function orderOperations(model: tf.LayersModel): Operation[] {
  const [main, ...auxiliary] = model.outputs;
  return operationsTo([...auxiliary, main!], model.inputs);
}

/** The operations that compute `targets` from `known` tensors, in topological order and that of the targets. */
export function operationsTo(
  targets: readonly tf.SymbolicTensor[],
  known: readonly tf.SymbolicTensor[],
): Operation[] {
  const ordered: Operation[] = [];
  const made = new Set(known.map(({ id }) => id));
  const visit = (tensor: tf.SymbolicTensor): void => {
    if (made.has(tensor.id)) return;
    made.add(tensor.id);
    for (const input of tensor.inputs) visit(input);
    ordered.push({ layer: tensor.sourceLayer, inputs: tensor.inputs, output: tensor });
  };
  for (const target of targets) visit(target);
  return ordered;
}

/** What computes a tensor from another one. */
export interface Dependence {
  /** The operations that depend on the other tensor, in topological order. */
  readonly operations: readonly Operation[];
  /** What they read beside it that does not depend on it. */
  readonly beside: readonly tf.SymbolicTensor[];
}

/** The operations of a model that compute `target` from `source`, such as the head from the last feature map. */
export function operationsBetween(source: tf.SymbolicTensor, target: tf.SymbolicTensor): Dependence {
  const dependent = new Set([source.id]);
  const operations = operationsTo([target], [source]).filter(({ inputs, output }) => {
    const depends = inputs.some(({ id }) => dependent.has(id));
    if (depends) dependent.add(output.id);
    return depends;
  });
  const read = operations.flatMap(({ inputs }) => inputs.filter(({ id }) => !dependent.has(id)));
  return { operations, beside: [...new Map(read.map((tensor) => [tensor.id, tensor])).values()] };
}

/** Values in a tensor, for one image. */
export function sizeOf(tensor: tf.SymbolicTensor): number {
  return tensor.shape.slice(1).reduce<number>((product, side) => product * (side ?? 1), 1);
}

/** Operations after which only their own output is still needed, with the activation values computed up to there. */
function cutPlaces(operations: readonly Operation[]): { index: number; made: number }[] {
  const lastUse = new Map<number, number>();
  operations.forEach(({ inputs }, index) => inputs.forEach(({ id }) => lastUse.set(id, index)));
  const places: { index: number; made: number }[] = [];
  const live = new Set<number>(operations[0]?.inputs.map(({ id }) => id));
  let made = 0;
  for (const [index, { output, inputs }] of operations.entries()) {
    made += sizeOf(output);
    if ((lastUse.get(output.id) ?? -1) > index) live.add(output.id);
    for (const { id } of inputs) if (lastUse.get(id) === index) live.delete(id);
    if (live.size === 1 && live.has(output.id)) places.push({ index, made });
  }
  return places;
}

/** The last operation of each part, so that the parts compute about equally many activation values. */
function chooseCuts(operations: readonly Operation[], parts: number): number[] {
  const places = cutPlaces(operations);
  const total = operations.reduce((sum, { output }) => sum + sizeOf(output), 0);
  const chosen = new Set<number>();
  for (let part = 1; part < parts; part++) {
    const wanted = total * part / parts;
    const best = places.reduce<{ index: number; made: number } | null>(
      (near, place) => near && Math.abs(near.made - wanted) <= Math.abs(place.made - wanted) ? near : place,
      null,
    );
    if (best) chosen.add(best.index);
  }
  return [...chosen].sort((a, b) => a - b);
}

/**
 * Cuts a model into at most `parts` segments of about equal activations. Cuts lie where a single tensor is passed
 * on, such as between the blocks of a ResNet.
 *
 * @throws Problem (config) when the model has several inputs
 */
export function cutModel(model: tf.LayersModel, parts: number): Segment[] {
  if (model.inputs.length !== 1) {
    throw configProblem(`Cannot recompute parts of ${model.name}: it has ${model.inputs.length} inputs`);
  }
  const operations = orderOperations(model);
  const outputs = new Set(model.outputs.map(({ id }) => id));
  const ends = [...chooseCuts(operations, parts), operations.length - 1];
  let [start, input] = [0, model.inputs[0]!];
  return [...new Set(ends)].map((end) => {
    const own = operations.slice(start, end + 1);
    const segment = {
      input,
      operations: own,
      output: own.at(-1)!.output,
      emits: own.some(({ output }) => outputs.has(output.id)),
    };
    [start, input] = [end + 1, segment.output];
    return segment;
  });
}
