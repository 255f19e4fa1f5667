import * as tf from "@tensorflow/tfjs";
import type { Precision, RecordableStep, Recorder, RecorderOptions } from "../../plugin/contracts.ts";
import type { Attribute } from "../attributes.ts";
import { tensorflowBinding } from "../backend.ts";
import { encodeRewriting } from "../config_proto.ts";
import { ATTRIBUTE_TYPES } from "../data_types.ts";
import { encodeFunction, type FunctionDefinition } from "./function_def.ts";
import type { NodeBackend } from "../node_backend.ts";
import { NotRecordable, Tape } from "./tape.ts";

/** What a step does, from one eager run whose effects were taken back. */
interface Trace {
  readonly definition: FunctionDefinition;
  readonly bytes: Uint8Array;
  /** How many results the step has; in the function the new values of `moved` follow them. */
  readonly results: number;
  /** Indices of the variables that it assigns. */
  readonly moved: readonly number[];
  /** Numbers of the tensors made before the step that it reads. */
  readonly captured: readonly number[];
  /** Values of the first result, computed eagerly in float32; null once they were compared. */
  first: Float32Array | null;
}

/** A trace whose function is defined. */
interface Recording extends Trace {
  /** Runs left before the step is traced again and compared. */
  left: number;
}

const SHAPES = 4;
const CHECK_EVERY = 500;

/**
 * How far the first result of a replay may be from that of an eager run, relative to its length (L2). Half precision
 * rounds each product to 8 or 11 bits, and small losses are differences of large numbers: this finds what is broken.
 */
const TOLERANCE: Readonly<Record<Precision, number>> = { float32: 1e-3, bfloat16: 0.25, float16: 0.25 };

let functions = 0;

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function keyOf(inputs: readonly tf.Tensor[]): string {
  return inputs.map(({ shape }) => shape.join()).join(";");
}

/** Length of the difference of two vectors, relative to the first's. */
function relativeDifference(expected: Float32Array, received: Float32Array): number {
  let difference = 0, length = 0;
  for (const [index, value] of expected.entries()) {
    difference += (value - received[index]!) ** 2;
    length += value ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / length);
}

/**
 * Runs a step as one TensorFlow function, which TensorFlow's graph optimizer rewrites: it fuses operations and, with a
 * precision other than float32, computes convolutions and matrix products in it.
 *
 * The first run for a shape of the inputs computes the step eagerly, takes its effects back, and runs the function that it is,
 * so that a resumed training computes what an uninterrupted one does. The second run traces the step once more: only
 * where it executes the same operations on the same constants does the function stand for later runs. A step that differs
 * from run to run (with masks drawn inside it, say) runs eagerly from then on. At intervals it is traced again.
 */
export class StepRecorder implements Recorder {
  readonly lanes: number;
  readonly #recordings = new Map<string, Recording>();
  readonly #options: RecorderOptions;
  readonly #precision: Precision;
  readonly #attributes: readonly Attribute[];
  /** Runs that were replayed. */
  replays = 0;
  /** Why steps run eagerly; null while they are recorded and replayed. */
  refusal: string | null = null;

  constructor(options: RecorderOptions = {}) {
    this.#options = options;
    this.#precision = options.precision ?? "float32";
    const { device, interOpThreads } = tensorflowBinding().context;
    this.lanes = device.type === "GPU" ? 1 : interOpThreads;
    const value = encodeRewriting(this.#precision, device.type);
    this.#attributes = [{ name: "config_proto", type: ATTRIBUTE_TYPES.string, value }];
  }

  /** One run of the step; the caller disposes the results. */
  run(step: RecordableStep): tf.Tensor[] {
    const recording = this.#recordingOf(step);
    return recording ? this.#replay(recording, step) : step.compute();
  }

  /** Frees the functions; a later run records anew. */
  dispose(): void {
    const binding = tensorflowBinding();
    for (const { definition: { name } } of this.#recordings.values()) {
      if (binding.hasFunction(name)) binding.removeFunction(name);
    }
    this.#recordings.clear();
  }

  /** The recording for a step's shapes, made when there is none; null when the step has to run eagerly. */
  #recordingOf(step: RecordableStep): Recording | null {
    if (this.refusal !== null) return null;
    const known = this.#recordings.get(keyOf(step.inputs));
    if (known && known.left > 0) return known;
    if (!known && this.#recordings.size >= (this.#options.shapes ?? SHAPES)) return null;
    if (isAmbiguous(step)) return null;
    try {
      return known ? this.#compare(known, step) : this.#record(step);
    } catch (error) {
      this.#refuse(error);
      return null;
    }
  }

  #record(step: RecordableStep): Recording {
    // Weights that TensorFlow has not yet seen would otherwise be taken for constants of the step.
    if (this.#options.captures) tf.dispose(step.compute());
    const traced = this.#trace(step, `PodiumStep${functions++}`);
    tensorflowBinding().defineFunction(traced.definition);
    return this.#keep(step, { ...traced, left: 0 });
  }

  #compare(known: Recording, step: RecordableStep): Recording {
    const traced = this.#trace(step, known.definition.name);
    const equal = equalBytes(known.bytes, traced.bytes) &&
      tf.util.arraysEqual([...known.captured], [...traced.captured]);
    if (!equal) throw new NotRecordable("two runs of it differ");
    return this.#keep(step, { ...traced, left: this.#options.checkEvery ?? CHECK_EVERY });
  }

  #keep(step: RecordableStep, recording: Recording): Recording {
    this.#recordings.set(keyOf(step.inputs), recording);
    return recording;
  }

  #replay(recording: Recording, step: RecordableStep): tf.Tensor[] {
    const { results, moved } = recording;
    let all: tf.Tensor[] = [];
    try {
      all = this.#call(recording, step);
      if (recording.first) this.#checkFirst(recording.first, all[0]!);
      recording.first = null;
    } catch (error) {
      // No variable was assigned yet, so the step can still run eagerly.
      tf.dispose(all);
      this.#refuse(error);
      return step.compute();
    }
    this.replays++;
    recording.left -= 1;
    moved.forEach((place, index) => step.variables[place]!.assign(all[results + index]!));
    tf.dispose(all.slice(results));
    return all.slice(0, results);
  }

  #call(
    { definition, captured, results, moved }: Recording,
    { inputs, variables }: RecordableStep,
  ): tf.Tensor[] {
    const backend = tf.backend() as NodeBackend;
    const given = [...backend.getInputTensorIds([...inputs, ...variables]), ...captured];
    const outputs = results + moved.length;
    return backend.binding.executeOp(definition.name, [...this.#attributes], given, outputs)
      .map((output) => backend.createOutputTensor(output));
  }

  /** Runs a step eagerly, takes back what it did to its variables, and gives the function that it is. */
  #trace(step: RecordableStep, name: string): Trace {
    const { inputs, variables } = step;
    const backend = tf.backend() as NodeBackend;
    const { binding } = backend;
    const values = variables.map((variable) => variable.clone());
    const before = backend.getInputTensorIds(variables);
    const tape = new Tape([...backend.getInputTensorIds(inputs), ...before], {
      outputNames: (operation) => binding.outputNames(operation),
      captures: this.#options.captures ?? false,
      precision: this.#precision,
    });
    binding.tape = tape;
    let results: tf.Tensor[] = [];
    try {
      results = step.compute();
      const after = backend.getInputTensorIds(variables);
      const moved = [...after.keys()].filter((place) => after[place] !== before[place]);
      const ends = [...backend.getInputTensorIds(results), ...moved.map((place) => after[place]!)];
      const definition = tape.definition(name, {
        results: ends,
        typeOf: (id) => binding.tensors.dataType(id),
      });
      const first = results[0]!.dataSync() as Float32Array;
      const { captured } = tape;
      return {
        definition,
        bytes: encodeFunction(definition),
        results: results.length,
        moved,
        captured,
        first,
      };
    } finally {
      binding.tape = null;
      variables.forEach((variable, place) => variable.assign(values[place]!));
      tf.dispose([values, results]);
    }
  }

  #checkFirst(first: Float32Array, result: tf.Tensor): void {
    const difference = relativeDifference(first, result.dataSync() as Float32Array);
    // A diverged training is not the recorder's to judge: NaN passes.
    if (!(difference > TOLERANCE[this.#precision])) return;
    throw new NotRecordable(
      `computed in ${this.#precision} it is ${(100 * difference).toFixed(1)} % off the step in float32`,
    );
  }

  #refuse(error: unknown): void {
    this.refusal = error instanceof Error ? error.message : String(error);
    this.dispose();
    this.#options.onRefusal?.(this.refusal);
  }
}

/** Where one tensor is given twice, the recording cannot tell which of the two an operation reads. */
function isAmbiguous({ inputs, variables }: RecordableStep): boolean {
  const ids = (tf.backend() as NodeBackend).getInputTensorIds([...inputs, ...variables]);
  return new Set(ids).size < ids.length;
}
