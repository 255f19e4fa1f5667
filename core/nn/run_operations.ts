import * as tf from "@tensorflow/tfjs";
import type { DropArguments } from "./layers/dropout.ts";
import type { Operation } from "./model_graph.ts";

/** What {@link runOperations} starts from and returns. */
export interface OperationsRun {
  /** Values that exist already, by the id of their symbolic tensor; they are not disposed. */
  readonly known: ReadonlyMap<number, tf.Tensor>;
  /** Arguments of the layers' calls, such as training mode. */
  readonly args: DropArguments;
  /** Tensors whose values are returned, in this order; the caller disposes them. */
  readonly wanted: readonly tf.SymbolicTensor[];
}

/**
 * Runs layers in order. Each value is disposed after its last use, so that a long chain needs the memory of its widest
 * place alone.
 */
export function runOperations(
  operations: readonly Operation[],
  { known, args, wanted }: OperationsRun,
): tf.Tensor[] {
  const lastUse = new Map<number, number>();
  operations.forEach(({ inputs }, index) => inputs.forEach(({ id }) => lastUse.set(id, index)));
  for (const { id } of wanted) lastUse.set(id, operations.length);
  return tf.tidy(() => {
    const values = new Map(known);
    for (const [index, { layer, inputs, output }] of operations.entries()) {
      const given = inputs.map(({ id }) => values.get(id)!);
      const call = () => layer.apply(given.length === 1 ? given[0]! : given, { ...args }) as tf.Tensor;
      values.set(output.id, tf.tidy(call));
      for (const { id } of inputs) {
        if (lastUse.get(id) === index && !known.has(id)) values.get(id)!.dispose();
      }
    }
    return wanted.map(({ id }) => values.get(id)!);
  });
}
