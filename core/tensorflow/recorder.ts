import * as tf from "@tensorflow/tfjs";
import { tensorflowBinding } from "./backend.ts";
import { encodeFunction, type FunctionDefinition } from "./function_def.ts";
import type { NodeBackend } from "./node_kernels.ts";
import { outputNames } from "./operation_outputs.ts";
import { NotRecordable, Tape } from "./tape.ts";

/** What happens at each run: what is computed, and which variables it may read and move. */
export interface RecordableStep {
  /** Float32 tensors that differ from run to run. */
  readonly inputs: readonly tf.Tensor[];
  readonly variables: readonly tf.Variable[];
  /** Computes the results, float32, and may assign the variables. */
  compute(): tf.Tensor[];
}

/** A recording that was made once, and is used once a second one was equal. */
interface Recording {
  readonly definition: FunctionDefinition;
  readonly bytes: Uint8Array;
  /** How many results the step has; the variables that it moves follow them. */
  readonly results: number;
  /** Places of the variables that it moves. */
  readonly moved: readonly number[];
  readonly confirmed: boolean;
}

let functions = 0;
let names: Map<string, string[]> | null = null;

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/**
 * Runs a step as one TensorFlow function. The step runs twice as it is, for each shape of its inputs; when both times
 * the same operations ran on the same constants, from then on TensorFlow replays them in one call. A step that differs
 * from run to run (dropout's masks, say) is never replayed.
 */
export class StepRecorder {
  readonly #recordings = new Map<string, Recording | string>();
  /** Runs that were replayed. */
  replays = 0;

  /** Why steps with inputs of such shapes run as they are; null while they are recorded or replayed. */
  refusal(inputs: readonly tf.Tensor[]): string | null {
    const known = this.#recordings.get(keyOf(inputs));
    return typeof known === "string" ? known : null;
  }

  /** Whether the next run with inputs of such shapes is replayed. */
  isReplayed(inputs: readonly tf.Tensor[]): boolean {
    const known = this.#recordings.get(keyOf(inputs));
    return typeof known === "object" && known.confirmed;
  }

  /** One run of the step; the caller disposes the results. */
  run(step: RecordableStep): tf.Tensor[] {
    const known = this.#recordings.get(keyOf(step.inputs));
    if (typeof known === "string") return step.compute();
    return known?.confirmed ? this.#replay(known, step) : this.#record(known, step);
  }

  #replay({ definition, results, moved }: Recording, { inputs, variables }: RecordableStep): tf.Tensor[] {
    this.replays++;
    const backend = tf.backend() as NodeBackend;
    const given = [...inputs, ...variables];
    const all = backend.executeMultipleOutputs(definition.name, [], given, results + moved.length);
    moved.forEach((place, index) => variables[place]!.assign(all[results + index]!));
    tf.dispose(all.slice(results));
    return all.slice(0, results);
  }

  #record(earlier: Recording | undefined, step: RecordableStep): tf.Tensor[] {
    const { inputs, variables, compute } = step;
    const backend = tf.backend() as NodeBackend;
    const binding = tensorflowBinding();
    names ??= outputNames(binding.executor.library);
    const before = backend.getInputTensorIds(variables);
    const tape = new Tape([...backend.getInputTensorIds(inputs), ...before], names);
    binding.tape = tape;
    let results: tf.Tensor[];
    try {
      results = compute();
    } finally {
      binding.tape = null;
    }
    const after = backend.getInputTensorIds(variables);
    const moved = [...after.keys()].filter((place) => after[place] !== before[place]);
    const ends = [...backend.getInputTensorIds(results), ...moved.map((place) => after[place]!)];
    const name = earlier?.definition.name ?? `PodiumStep${functions++}`;
    this.#keep(keyOf(inputs), earlier, () => {
      const definition = tape.definition(name, ends);
      return {
        definition,
        bytes: encodeFunction(definition),
        results: results.length,
        moved,
        confirmed: false,
      };
    });
    return results;
  }

  #keep(key: string, earlier: Recording | undefined, make: () => Recording): void {
    try {
      const recording = make();
      const differs = earlier && !equalBytes(earlier.bytes, recording.bytes);
      if (differs) throw new NotRecordable("two runs of it differ");
      if (earlier) tensorflowBinding().defineFunction(recording.definition);
      this.#recordings.set(key, { ...recording, confirmed: earlier !== undefined });
    } catch (error) {
      if (!(error instanceof NotRecordable)) throw error;
      this.#recordings.set(key, error.message);
    }
  }
}

function keyOf(inputs: readonly tf.Tensor[]): string {
  return inputs.map(({ shape }) => shape.join()).join(";");
}
