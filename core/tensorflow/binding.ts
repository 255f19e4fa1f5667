import type { Attribute } from "./attributes.ts";
import type { ContextSettings } from "./config_proto.ts";
import { type Context, createContext } from "./context.ts";
import { ATTRIBUTE_TYPES, DATA_TYPES, type TensorValues } from "./data_types.ts";
import { encodeFunction, type FunctionDefinition } from "./recording/function_def.ts";
import { Executor, type TensorMetadata } from "./executor.ts";
import { outputNames } from "./operation_outputs.ts";
import { Status } from "./status.ts";
import { cString, type TensorflowLibrary } from "./open_library.ts";
import type { Tape } from "./recording/tape.ts";
import { TensorStore } from "./tensor_store.ts";

/** How TensorFlow is set up, and who hears of it. */
export interface BindingSettings extends ContextSettings {
  /** Hears, while operations run, what the user should know; a warning on stderr when left out. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

function warnOnStderr(notice: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`warning: ${notice}\n`));
}

/**
 * What the kernels of tfjs-node call (its dist/tfjs_binding.d.ts), answered by TensorFlow's C API through Deno's foreign
 * function interface. Saved models are not part of Podium and are refused.
 */
export class TensorflowBinding {
  readonly TF_FLOAT = DATA_TYPES.float32;
  readonly TF_INT32 = DATA_TYPES.int32;
  readonly TF_INT64 = DATA_TYPES.int64;
  readonly TF_BOOL = DATA_TYPES.bool;
  readonly TF_COMPLEX64 = DATA_TYPES.complex64;
  readonly TF_STRING = DATA_TYPES.string;
  readonly TF_RESOURCE = DATA_TYPES.resource;
  readonly TF_UINT8 = DATA_TYPES.uint8;
  readonly TF_ATTR_STRING = ATTRIBUTE_TYPES.string;
  readonly TF_ATTR_INT = ATTRIBUTE_TYPES.int;
  readonly TF_ATTR_FLOAT = ATTRIBUTE_TYPES.float;
  readonly TF_ATTR_BOOL = ATTRIBUTE_TYPES.bool;
  readonly TF_ATTR_TYPE = ATTRIBUTE_TYPES.type;
  readonly TF_ATTR_SHAPE = ATTRIBUTE_TYPES.shape;
  readonly TF_ATTR_RESOURCE = DATA_TYPES.resource;
  readonly TF_Version: string;

  readonly context: Context;
  readonly tensors: TensorStore;
  readonly executor: Executor;
  /** Tells the user something. */
  readonly notify: (notice: string) => void;
  /** Records tensors and operations while a step is recorded; null otherwise. */
  tape: Tape | null = null;
  /** TensorFlow's own operations with the names of their outputs, read when first asked for. */
  #operations: Map<string, string[]> | null = null;
  readonly #functions = new Map<string, string[]>();

  constructor(library: TensorflowLibrary, settings: BindingSettings) {
    const status = new Status(library);
    this.TF_Version = library.version;
    this.notify = settings.onNotice ?? warnOnStderr;
    this.context = createContext(library, settings);
    this.tensors = new TensorStore(library, this.context, status);
    this.executor = new Executor(library, { context: this.context, tensors: this.tensors, status });
  }

  /** Makes a tensor and returns its number. */
  createTensor(shape: number[], dataType: number, values: TensorValues): number {
    const id = this.tensors.create(shape, dataType, values);
    this.tape?.created(id, { shape, dataType, values });
    return id;
  }

  /** Frees a tensor. */
  deleteTensor(id: number): void {
    this.tensors.delete(id);
  }

  /** A copy of a tensor's values. */
  tensorDataSync(id: number): TensorValues {
    return this.tensors.values(id);
  }

  /** Runs an operation. Four arguments because the kernels call it so. */
  executeOp(name: string, attributes: Attribute[], inputs: number[], outputs: number): TensorMetadata[] {
    const results = this.executor.execute(name, { attributes, inputs, outputs });
    this.tape?.ran({ name, attributes, inputs, outputs: results.map(({ id }) => id) });
    return results;
  }

  /** Whether a function was defined. */
  hasFunction(name: string): boolean {
    return this.#functions.has(name);
  }

  /** Names of the outputs of one of TensorFlow's operations or of a function that was defined. */
  outputNames(operation: string): readonly string[] | undefined {
    this.#operations ??= outputNames(this.executor.library);
    return this.#functions.get(operation) ?? this.#operations.get(operation);
  }

  /** Makes a function callable under its name through {@link executeOp}. Throws when the name is taken. */
  defineFunction(definition: FunctionDefinition): void {
    const { library, parts: { context, status } } = this.executor;
    const bytes = encodeFunction(definition);
    library.symbols.TFE_ContextAddFunctionDef(context.pointer, bytes, BigInt(bytes.length), status.pointer);
    status.check(`define the function ${definition.name}`);
    this.#functions.set(definition.name, Object.keys(definition.outputs));
  }

  /** Removes a function that was defined. */
  removeFunction(name: string): void {
    const { library, parts: { context, status } } = this.executor;
    library.symbols.TFE_ContextRemoveFunction(context.pointer, cString(name), status.pointer);
    status.check(`forget the function ${name}`);
    this.#functions.delete(name);
  }

  /** Whether operations run on a GPU. */
  isUsingGpuDevice(): boolean {
    return this.context.device.type === "GPU";
  }

  /** Tensors alive. */
  getNumOfTensors(): number {
    return this.tensors.count;
  }

  /** Always none: saved models are not supported. */
  getNumOfSavedModels(): number {
    return 0;
  }
}
