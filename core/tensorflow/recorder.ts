import * as tf from "@tensorflow/tfjs";
import type { RecordableStep, Recorder, RecorderOptions } from "../plugin/contracts.ts";
import { tensorflowBinding } from "./backend.ts";
import { encodeFunction, type FunctionDefinition } from "./function_def.ts";
import type { NodeBackend } from "./node_backend.ts";
import { NotRecordable, Tape } from "./tape.ts";

/** A recording that was made once, and is used once a second one was equal. */
interface Recording {
  readonly definition: FunctionDefinition;
  readonly bytes: Uint8Array;
  /** How many results the step has; in the function the new values of `moved` follow them. */
  readonly results: number;
  /** Indices of the variables that it assigns. */
  readonly moved: readonly number[];
  /** Replays since it was compared; null before it was. */
  replays: number | null;
}

const SHAPES = 4;
const CHECK_EVERY = 500;

let functions = 0;

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/**
 * Runs a step as one TensorFlow function. For each shape of its inputs the step first runs eagerly twice; when both runs
 * executed the same operations on the same constants, TensorFlow replays them in one call from then on. A step that
 * differs from run to run (with masks drawn inside it, say) is never replayed. At intervals a replayed step is computed
 * eagerly again and compared.
 */
export class StepRecorder implements Recorder {
  readonly #recordings = new Map<string, Recording>();
  readonly #options: RecorderOptions;
  /** Runs that were replayed. */
  replays = 0;
  /** Why steps run eagerly; null while they are recorded and replayed. */
  refusal: string | null = null;

  constructor(options: RecorderOptions = {}) {
    this.#options = options;
  }

  /** One run of the step; the caller disposes the results. */
  run(step: RecordableStep): tf.Tensor[] {
    const known = this.#recordings.get(keyOf(step.inputs));
    const full = !known && this.#recordings.size >= (this.#options.shapes ?? SHAPES);
    if (this.refusal !== null || full) return step.compute();
    const due = known?.replays === (this.#options.checkEvery ?? CHECK_EVERY);
    return known && known.replays !== null && !due ? this.#replay(known, step) : this.#record(known, step);
  }

  /** Frees the functions; a later run records anew. */
  dispose(): void {
    const binding = tensorflowBinding();
    for (const { definition: { name } } of this.#recordings.values()) {
      if (binding.hasFunction(name)) binding.removeFunction(name);
    }
    this.#recordings.clear();
  }

  #replay(recording: Recording, step: RecordableStep): tf.Tensor[] {
    const { definition, results, moved } = recording;
    const given = [...step.inputs, ...step.variables];
    let all: tf.Tensor[];
    try {
      const backend = tf.backend() as NodeBackend;
      all = backend.executeMultipleOutputs(definition.name, [], given, results + moved.length);
    } catch (error) {
      // No variable was assigned yet, so the step can still run eagerly.
      this.#refuse(error instanceof Error ? error.message : String(error));
      return step.compute();
    }
    this.replays++;
    recording.replays! += 1;
    moved.forEach((place, index) => step.variables[place]!.assign(all[results + index]!));
    tf.dispose(all.slice(results));
    return all.slice(0, results);
  }

  #record(earlier: Recording | undefined, step: RecordableStep): tf.Tensor[] {
    const { inputs, variables } = step;
    const backend = tf.backend() as NodeBackend;
    const binding = tensorflowBinding();
    const before = backend.getInputTensorIds(variables);
    const given = [...backend.getInputTensorIds(inputs), ...before];
    // Where one tensor is given twice, the recording cannot tell which of the two an operation reads.
    if (new Set(given).size < given.length) return step.compute();
    const tape = new Tape(given, (operation) => binding.outputNames(operation));
    binding.tape = tape;
    let results: tf.Tensor[];
    try {
      results = step.compute();
    } finally {
      binding.tape = null;
    }
    const after = backend.getInputTensorIds(variables);
    const moved = [...after.keys()].filter((place) => after[place] !== before[place]);
    const ends = [...backend.getInputTensorIds(results), ...moved.map((place) => after[place]!)];
    const name = earlier?.definition.name ?? `PodiumStep${functions++}`;
    this.#keep(keyOf(inputs), earlier, () => {
      const definition = tape.definition(name, ends);
      const bytes = encodeFunction(definition);
      return { definition, bytes, results: results.length, moved, replays: null };
    });
    return results;
  }

  #keep(key: string, earlier: Recording | undefined, make: () => Recording): void {
    try {
      const recording = make();
      if (!earlier) return void this.#recordings.set(key, recording);
      if (!equalBytes(earlier.bytes, recording.bytes)) throw new NotRecordable("two runs of it differ");
      if (earlier.replays === null) tensorflowBinding().defineFunction(earlier.definition);
      earlier.replays = 0;
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error));
    }
  }

  #refuse(reason: string): void {
    this.refusal = reason;
    this.dispose();
    this.#options.onRefusal?.(reason);
  }
}

function keyOf(inputs: readonly tf.Tensor[]): string {
  return inputs.map(({ shape }) => shape.join()).join(";");
}
