import { dataProblem, type Problem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import { describeShape, DTYPE_BITS, tensorBytes } from "./dtypes.ts";
import { parseStrictJson, type StrictJson } from "../formats/strict_json.ts";
import { checksumFault, fillChecksum, withChecksum } from "./safetensors_checksum.ts";

/** One tensor of a safetensors file: little-endian bytes in C order. */
export interface StoredTensor {
  /** Such as F32, I64, BF16. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** What a safetensors file holds. */
export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  /** The `__metadata__` of the header, empty when there is none. */
  readonly metadata: Map<string, string>;
}

/** The reference implementation's limit. */
const LONGEST_HEADER = 100_000_000;
const METADATA = "__metadata__";

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

function broken(reason: string): Problem {
  return dataProblem(
    `Cannot read the safetensors data: ${reason}`,
    "The file is damaged or is no safetensors file: save or download it again",
  );
}

/**
 * Reads safetensors bytes under every rule of the reference implementation: header length and text, no duplicate keys,
 * offsets without holes or overlap from 0 to the end of the file, sizes that fit dtype and shape. The tensors' data are
 * views into `bytes`; a file with NaN is legal here. A file with the checksum of Podium must fit it.
 *
 * @throws Problem (data) with the reason
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const data = new Uint8Array(Float32Array.of(1, 2).buffer);
 * const bytes = writeSafetensors(new Map([["a", { dtype: "F32", shape: [2], data }]]), { step: "7" });
 * const read = readSafetensors(bytes);
 * assertEquals(read.tensors.get("a"), { dtype: "F32", shape: [2], data });
 * assertEquals(read.metadata.get("step"), "7");
 * ```
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, start } = readHeader(bytes);
  const metadata = readMetadata(header.get(METADATA));
  const fault = checksumFault(bytes, { metadata, headerEnd: start });
  if (fault !== null) throw broken(fault);
  const entries = [...header].filter(([name]) => name !== METADATA).map(([name, info]) =>
    readEntry(name, info)
  );
  checkOffsets(entries, bytes.length - start);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    tensors.set(name, { dtype, shape, data: bytes.subarray(start + begin, start + end) });
  }
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array): { header: Map<string, StrictJson>; start: number } {
  if (bytes.length < 8) throw broken(`${bytes.length} bytes are too few for the length of a header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(LONGEST_HEADER)) {
    throw broken(`a header of ${length} bytes is longer than ${LONGEST_HEADER}`);
  }
  const start = 8 + Number(length);
  if (start > bytes.length) {
    throw broken(`the header of ${length} bytes is longer than the file of ${bytes.length}`);
  }
  const header = parseHeader(bytes.subarray(8, start));
  if (!(header instanceof Map)) throw broken("the header is not a JSON object");
  return { header, start };
}

function parseHeader(bytes: Uint8Array): StrictJson {
  if (bytes[0] !== 0x7b) throw broken('the header does not start with "{"');
  try {
    return parseStrictJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw broken(error instanceof SyntaxError ? `the header is ${error.message}` : "the header is not UTF-8");
  }
}

function readMetadata(value: StrictJson | undefined): Map<string, string> {
  if (value === undefined || value === null) return new Map();
  const texts = value instanceof Map && [...value.values()].every((text) => typeof text === "string");
  if (!texts) throw broken(`${METADATA} must map strings to strings`);
  return value as Map<string, string>;
}

function isSize(value: StrictJson | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

function readEntry(name: string, info: StrictJson): Entry {
  if (!(info instanceof Map)) throw broken(`tensor ${quoted(name)} has no description`);
  const [dtype, shape, offsets] = [info.get("dtype"), info.get("shape"), info.get("data_offsets")];
  if (typeof dtype !== "string" || !DTYPE_BITS.has(dtype)) {
    throw broken(`tensor ${quoted(name)} has the unknown dtype ${quoted(String(dtype))}`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw broken(`tensor ${quoted(name)} has no valid shape`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw broken(`tensor ${quoted(name)} has no valid data_offsets`);
  }
  const [begin, end] = offsets as unknown as [number, number];
  return { name, dtype, shape, begin, end };
}

function checkOffsets(entries: readonly Entry[], available: number): void {
  let previous = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const { name, begin, end } = entry;
    if (begin !== previous || end < begin) {
      throw broken(
        `tensor ${quoted(name)} lies at ${begin} to ${end}, but the one before it ends at ${previous}`,
      );
    }
    checkSize(entry);
    previous = end;
  }
  if (previous !== available) {
    throw broken(`the tensors take ${previous} bytes, but the file holds ${available} after its header`);
  }
}

function checkSize({ name, dtype, shape, begin, end }: Entry): void {
  let expected: number;
  try {
    expected = tensorBytes(dtype, shape);
  } catch (error) {
    throw broken(`tensor ${quoted(name)}: ${(error as RangeError).message}`);
  }
  if (expected !== end - begin) {
    throw broken(
      `tensor ${quoted(name)} of ${dtype} ${describeShape(shape)} needs ${expected} bytes and has ${
        end - begin
      }`,
    );
  }
}

/** Order of the reference writer: wider dtypes first, then names as UTF-8 bytes. */
function writingOrder(tensors: ReadonlyMap<string, StoredTensor>): [string, StoredTensor][] {
  const rank = [...DTYPE_BITS.keys()];
  const encoder = new TextEncoder();
  const keyed = [...tensors].map(([name, tensor]) => ({ name, tensor, key: encoder.encode(name) }));
  keyed.sort((a, b) =>
    rank.indexOf(b.tensor.dtype) - rank.indexOf(a.tensor.dtype) || compareBytes(a.key, b.key)
  );
  return keyed.map(({ name, tensor }) => [name, tensor]);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function entryText(name: string, tensor: StoredTensor, begin: number): string {
  const offsets = `[${begin},${begin + tensor.data.length}]`;
  const { dtype, shape } = tensor;
  return `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${
    shape.join(",")
  }],"data_offsets":${offsets}}`;
}

function metadataText(metadata: Readonly<Record<string, string>>): string {
  const keys = Object.keys(metadata).sort();
  return `"${METADATA}":{${
    keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`).join(",")
  }}`;
}

/**
 * Writes safetensors bytes equal to those of the reference writer: tensors by dtype (widest first) and name, the header
 * padded with spaces to a multiple of 8. Metadata keys are sorted, so that equal content gives equal bytes.
 *
 * @param metadata texts for the header's `__metadata__`; none when left out
 * @throws RangeError when a tensor's data do not fit its dtype and shape
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const ordered = writingOrder(tensors);
  const texts = metadata === undefined ? [] : [metadataText(metadata)];
  let size = 0;
  for (const [name, tensor] of ordered) {
    if (name === METADATA) throw new RangeError(`A tensor cannot be called "${METADATA}"`);
    if (tensorBytes(tensor.dtype, tensor.shape) !== tensor.data.length) {
      throw new RangeError(
        `${quoted(name)} of ${tensor.dtype} ${describeShape(tensor.shape)} has ${tensor.data.length} bytes`,
      );
    }
    texts.push(entryText(name, tensor, size));
    size += tensor.data.length;
  }
  return assemble(
    new TextEncoder().encode(`{${texts.join(",")}}`),
    ordered.map(([, { data }]) => data),
    size,
  );
}

/** As {@link writeSafetensors}, with a checksum of the whole file in the metadata, which reading checks. */
export function writeCheckedSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const bytes = writeSafetensors(tensors, withChecksum(metadata));
  fillChecksum(bytes, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)));
  return bytes;
}

function assemble(header: Uint8Array, parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const padded = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + size).fill(0x20, 8, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(header, 8);
  let position = 8 + padded;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
