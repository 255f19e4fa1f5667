import { type Attribute, AttributeWriter, cachedText } from "./attributes.ts";
import type { Context } from "./context.ts";
import { type Status, TensorflowError } from "./status.ts";
import type { TensorflowLibrary } from "./open_library.ts";
import type { TensorStore } from "./tensor_store.ts";

/** What TensorFlow.js needs to know about an operation's output. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  /** One of DATA_TYPES. */
  readonly dtype: number;
}

/** Outputs that the first buffer has room for; an operation with more (a recorded step) gets a larger one. */
const OUTPUTS = 64;

/**
 * Runs operations. One TFE_Op is reset for each operation instead of made and freed, and all buffers are kept: a
 * training step of a residual network launches hundreds of operations, the smallest of which take microseconds.
 */
export class Executor {
  /** Operations run so far. */
  launches = 0;
  /** Called before each operation with its name, when set: profiles use it. */
  observer: ((name: string) => void) | null = null;

  readonly #op: bigint;
  readonly #writer: AttributeWriter;
  #handles = new BigUint64Array(OUTPUTS);
  readonly #count = new Int32Array(1);

  constructor(
    readonly library: TensorflowLibrary,
    readonly parts: { readonly context: Context; readonly tensors: TensorStore; readonly status: Status },
  ) {
    const { context, status } = parts;
    this.#op = library.symbols.TFE_NewOp(context.pointer, cachedText("NoOp"), status.pointer);
    status.check("make an operation");
    this.#writer = new AttributeWriter(library.symbols, this.#op, {
      status,
      addressOf: library.addressOf,
    });
  }

  /**
   * Runs one operation.
   *
   * @param name TensorFlow's name, such as Conv2D
   * @param call attributes, numbers of the input tensors, and how many outputs there are
   */
  execute(
    name: string,
    call: {
      readonly attributes: readonly Attribute[];
      readonly inputs: readonly number[];
      readonly outputs: number;
    },
  ): TensorMetadata[] {
    const { symbols } = this.library;
    const { tensors, status } = this.parts;
    this.launches++;
    this.observer?.(name);
    symbols.TFE_OpReset(this.#op, cachedText(name), 0n, status.pointer);
    if (!status.ok) this.#fail(name, []);
    for (const attribute of call.attributes) this.#writer.set(attribute);
    for (const id of call.inputs) symbols.TFE_OpAddInput(this.#op, tensors.handle(id), status.pointer);
    if (call.outputs > this.#handles.length) this.#handles = new BigUint64Array(call.outputs);
    this.#count[0] = call.outputs;
    symbols.TFE_Execute(this.#op, this.#handles, this.#count, status.pointer);
    if (!status.ok) this.#fail(name, call.inputs);
    return this.#outputs(this.#count[0]!);
  }

  #outputs(count: number): TensorMetadata[] {
    const { tensors } = this.parts;
    const outputs: TensorMetadata[] = [];
    for (let index = 0; index < count; index++) {
      const handle = this.#handles[index]!;
      const dtype = this.library.symbols.TFE_TensorHandleDataType(handle);
      outputs.push({ id: tensors.add(handle), shape: tensors.shape(handle), dtype });
    }
    return outputs;
  }

  #fail(name: string, inputs: readonly number[]): never {
    const { tensors, status } = this.parts;
    // Asking for shapes writes to the same status.
    const { code, reason } = status;
    const shapes = inputs.map((id) => `[${tensors.shape(tensors.handle(id)).join(", ")}]`).join(", ");
    throw new TensorflowError(`run ${name} on inputs of shape ${shapes || "none"}`, { code, reason });
  }
}
