import type { Context } from "./context.ts";
import { DATA_TYPES, type TensorValues, valuesFor } from "./data_types.ts";
import type { Status } from "./status.ts";
import type { TensorflowLibrary } from "./open_library.ts";

/** Bytes of TF_TString, the small-string structure in a string tensor. */
const STRING_BYTES = 24;

/** Integer tensors up to this length are axes, paddings and shapes, the same in every step: made once and kept. */
const CONSTANT_LENGTH = 8;

/** Constants kept at most; past that, small tensors are made and freed like others. */
const CONSTANT_COUNT = 4096;

/** Owns TensorFlow's tensor handles; TensorFlow.js refers to them by numbers. */
export class TensorStore {
  readonly #handles = new Map<number, bigint>();
  readonly #constants = new Map<string, number>();
  readonly #kept = new Set<number>();
  /** Native tensors that live as long as another one, by its number and the form of it that they are. */
  readonly #attached = new Map<number, Map<string, number>>();
  #attachments = 0;
  readonly #dims = new BigInt64Array(16);
  #next = 0;

  constructor(readonly library: TensorflowLibrary, readonly context: Context, readonly status: Status) {}

  /** Handles alive, kept constants and attached tensors left out. */
  get count(): number {
    return this.#handles.size - this.#kept.size - this.#attachments;
  }

  /** Takes ownership of a handle and returns its number. */
  add(handle: bigint): number {
    const id = this.#next++;
    this.#handles.set(id, handle);
    return id;
  }

  /** The handle of a tensor. Throws when it was deleted. */
  handle(id: number): bigint {
    const handle = this.#handles.get(id);
    if (handle === undefined) throw new Error(`Tensor ${id} does not exist or was disposed`);
    return handle;
  }

  /** Makes a tensor of values: a typed array, or one Uint8Array per string. */
  create(shape: readonly number[], dataType: number, values: TensorValues): number {
    const small = dataType === DATA_TYPES.int32 && values.length <= CONSTANT_LENGTH;
    if (!small) return this.add(this.#newHandle(shape, dataType, values));
    const key = `${shape.join()}:${values.join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const id = this.add(this.#newHandle(shape, dataType, values));
    if (this.#constants.size < CONSTANT_COUNT) {
      this.#constants.set(key, id);
      this.#kept.add(id);
    }
    return id;
  }

  /** Frees a tensor; TensorFlow frees the memory when no operation needs it any more. */
  delete(id: number): void {
    if (this.#kept.has(id)) return;
    for (const form of this.#attached.get(id)?.keys() ?? []) this.delete(this.detach(id, form)!);
    this.#attached.delete(id);
    this.library.symbols.TFE_DeleteTensorHandle(this.handle(id));
    this.#handles.delete(id);
  }

  /** Attaches a native tensor to another one, of which it is another form: it is deleted with it. */
  attach(id: number, { attached, form }: { readonly attached: number; readonly form: string }): void {
    const all = this.#attached.get(id) ?? new Map<string, number>();
    this.#attached.set(id, all.set(form, attached));
    this.#attachments++;
  }

  /** The attached tensor of a form, or null. */
  attached(id: number, form: string): number | null {
    return this.#attached.get(id)?.get(form) ?? null;
  }

  /** The attached tensor of a form, which the caller owns from now on; null when there is none. */
  detach(id: number, form: string): number | null {
    const attached = this.attached(id, form);
    if (attached === null) return null;
    this.#attached.get(id)!.delete(form);
    this.#attachments--;
    return attached;
  }

  /** The data type of a tensor, one of DATA_TYPES. */
  dataType(id: number): number {
    return this.library.symbols.TFE_TensorHandleDataType(this.handle(id));
  }

  /** The shape of a tensor. */
  shape(handle: bigint): number[] {
    const { symbols } = this.library;
    const rank = symbols.TFE_TensorHandleNumDims(handle, this.status.pointer);
    const shape: number[] = [];
    for (let axis = 0; axis < rank; axis++) {
      shape.push(Number(symbols.TFE_TensorHandleDim(handle, axis, this.status.pointer)));
    }
    return shape;
  }

  /** A copy of a tensor's values. */
  values(id: number): TensorValues {
    const { symbols } = this.library;
    const handle = this.handle(id);
    const tensor = symbols.TFE_TensorHandleResolve(handle, this.status.pointer);
    this.status.check("read a tensor");
    const bytes = Number(symbols.TF_TensorByteSize(tensor));
    const address = symbols.TF_TensorData(tensor);
    const dataType = symbols.TFE_TensorHandleDataType(handle);
    const values = dataType === DATA_TYPES.string
      ? this.#readStrings(address, bytes / STRING_BYTES)
      : this.#readNumbers(address, dataType, bytes);
    symbols.TF_DeleteTensor(tensor);
    return values;
  }

  #readNumbers(address: bigint, dataType: number, bytes: number): TensorValues {
    const values = valuesFor(dataType, bytes);
    if (bytes > 0) this.library.read(new Uint8Array(values.buffer), address);
    return values;
  }

  #readStrings(address: bigint, count: number): Uint8Array[] {
    const { symbols, read } = this.library;
    return Array.from({ length: count }, (_, index) => {
      const string = address + BigInt(index * STRING_BYTES);
      const bytes = new Uint8Array(Number(symbols.TF_StringGetSize(string)));
      if (bytes.length > 0) read(bytes, symbols.TF_StringGetDataPointer(string));
      return bytes;
    });
  }

  #newHandle(shape: readonly number[], dataType: number, values: TensorValues): bigint {
    const { symbols } = this.library;
    shape.forEach((length, axis) => this.#dims[axis] = BigInt(length));
    const bytes = Array.isArray(values) ? values.length * STRING_BYTES : values.byteLength;
    const tensor = symbols.TF_AllocateTensor(dataType, this.#dims, shape.length, BigInt(bytes));
    const address = symbols.TF_TensorData(tensor);
    if (Array.isArray(values)) this.#writeStrings(address, values);
    else if (bytes > 0) this.library.write(address, new Uint8Array(values.buffer, values.byteOffset, bytes));
    const handle = symbols.TFE_NewTensorHandle(tensor, this.status.pointer);
    symbols.TF_DeleteTensor(tensor);
    this.status.check("make a tensor");
    return this.#onDevice(handle, dataType);
  }

  #writeStrings(address: bigint, values: readonly Uint8Array[]): void {
    values.forEach((bytes, index) => {
      const string = address + BigInt(index * STRING_BYTES);
      this.library.symbols.TF_StringInit(string);
      this.library.symbols.TF_StringCopy(string, bytes as Uint8Array<ArrayBuffer>, BigInt(bytes.length));
    });
  }

  /** On a GPU, moves numbers there; kernels expect int32 (shapes, axes) and strings in host memory. */
  #onDevice(handle: bigint, dataType: number): bigint {
    const stays = this.context.device.type !== "GPU" || dataType === DATA_TYPES.int32 ||
      dataType === DATA_TYPES.string;
    if (stays) return handle;
    const { symbols } = this.library;
    const { pointer, deviceName } = this.context;
    const moved = symbols.TFE_TensorHandleCopyToDevice(handle, pointer, deviceName, this.status.pointer);
    symbols.TFE_DeleteTensorHandle(handle);
    this.status.check(`copy a tensor to ${this.context.device.name}`);
    return moved;
  }
}
