import { ATTRIBUTE_TYPES } from "./data_types.ts";
import type { Status } from "./status.ts";
import { cString } from "./open_library.ts";
import type { TensorflowSymbols } from "./symbols.ts";

/** An attribute of an operation, as TensorFlow.js's kernels write it. */
export interface Attribute {
  readonly name: string;
  /** One of ATTRIBUTE_TYPES. */
  readonly type: number;
  readonly value: unknown;
}

const texts = new Map<string, Uint8Array<ArrayBuffer>>();

/** The C string of an operation's or attribute's name, cached: every step uses the same few names. */
export function cachedText(text: string): Uint8Array<ArrayBuffer> {
  let bytes = texts.get(text);
  if (!bytes) texts.set(text, bytes = cString(text));
  return bytes;
}

/** Buffer for the longest list that an attribute holds; TensorFlow copies it during the call. */
const integers = new Int32Array(2 * 64);
const floats = new Float32Array(64);
const flags = new Uint8Array(64);

/** Writes whole numbers as int64, little-endian pairs of words, without making a BigInt of each. */
function writeIntegers(values: readonly number[]): Int32Array<ArrayBuffer> {
  const target = 2 * values.length > integers.length ? new Int32Array(2 * values.length) : integers;
  for (let index = 0; index < values.length; index++) {
    target[2 * index] = values[index]!;
    target[2 * index + 1] = Math.floor(values[index]! / 2 ** 32);
  }
  return target;
}

/** Sets the attributes of the operation under construction. */
export class AttributeWriter {
  constructor(
    readonly symbols: TensorflowSymbols,
    readonly op: bigint,
    readonly parts: { readonly status: Status; readonly addressOf: (bytes: Uint8Array) => bigint },
  ) {}

  /** Sets one attribute. Throws on a type that TensorFlow.js never sends. */
  set(attribute: Attribute): void {
    const name = cachedText(attribute.name);
    const { type, value } = attribute;
    if (type === ATTRIBUTE_TYPES.type) this.#setType(name, value as number | readonly number[]);
    else if (value instanceof Uint8Array) this.#setBytes(name, value as Uint8Array<ArrayBuffer>);
    else if (type === ATTRIBUTE_TYPES.string) this.#setText(name, value as string | readonly string[]);
    else if (type === ATTRIBUTE_TYPES.shape) this.#setShape(name, value as number[]);
    else if (Array.isArray(value)) this.#setList(name, type, value);
    else this.#setScalar(name, type, value);
  }

  #setType(name: Uint8Array<ArrayBuffer>, value: number | readonly number[]): void {
    if (typeof value === "number") return this.symbols.TFE_OpSetAttrType(this.op, name, value);
    this.symbols.TFE_OpSetAttrTypeList(this.op, name, Int32Array.from(value), value.length);
  }

  /** A string attribute that is no text, such as a serialized message. */
  #setBytes(name: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>): void {
    this.symbols.TFE_OpSetAttrString(this.op, name, value, BigInt(value.length));
  }

  #setText(name: Uint8Array<ArrayBuffer>, value: string | readonly string[]): void {
    if (typeof value !== "string") return this.#setTexts(name, value);
    const bytes = cachedText(value);
    this.symbols.TFE_OpSetAttrString(this.op, name, bytes, BigInt(bytes.length - 1));
  }

  #setTexts(name: Uint8Array<ArrayBuffer>, values: readonly string[]): void {
    const texts = values.map(cachedText);
    const addresses = BigUint64Array.from(texts, (bytes) => this.parts.addressOf(bytes));
    const lengths = BigUint64Array.from(texts, (bytes) => BigInt(bytes.length - 1));
    this.symbols.TFE_OpSetAttrStringList(this.op, name, addresses, lengths, values.length);
  }

  #setShape(name: Uint8Array<ArrayBuffer>, value: readonly number[]): void {
    this.symbols.TFE_OpSetAttrShape(
      this.op,
      name,
      writeIntegers(value),
      value.length,
      this.parts.status.pointer,
    );
    this.parts.status.check("set a shape attribute");
  }

  #setScalar(name: Uint8Array<ArrayBuffer>, type: number, value: unknown): void {
    if (type === ATTRIBUTE_TYPES.int) this.symbols.TFE_OpSetAttrInt(this.op, name, BigInt(value as number));
    else if (type === ATTRIBUTE_TYPES.float) this.symbols.TFE_OpSetAttrFloat(this.op, name, value as number);
    else if (type === ATTRIBUTE_TYPES.bool) this.symbols.TFE_OpSetAttrBool(this.op, name, value ? 1 : 0);
    else throw new Error(`Cannot set an attribute of type ${type}`);
  }

  #setList(name: Uint8Array<ArrayBuffer>, type: number, values: readonly unknown[]): void {
    const { symbols, op } = this;
    if (type === ATTRIBUTE_TYPES.int) {
      symbols.TFE_OpSetAttrIntList(op, name, writeIntegers(values as number[]), values.length);
    } else if (type === ATTRIBUTE_TYPES.float) {
      floats.set(values as number[]);
      symbols.TFE_OpSetAttrFloatList(op, name, floats, values.length);
    } else if (type === ATTRIBUTE_TYPES.bool) {
      flags.set(values.map((value) => (value ? 1 : 0)));
      symbols.TFE_OpSetAttrBoolList(op, name, flags, values.length);
    } else throw new Error(`Cannot set a list attribute of type ${type}`);
  }
}
