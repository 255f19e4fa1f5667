import type { TensorflowLibrary } from "./open_library.ts";

/** A field of a protocol buffer of length-delimited wire type, with its content. */
interface Field {
  readonly number: number;
  readonly content: Uint8Array;
}

/** Reads the length-delimited fields of a message and skips the others. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1;; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) varint();
    else if (wire !== 2) at += wire === 1 ? 8 : 4;
    else {
      const length = varint();
      yield { number: Math.floor(tag / 8), content: bytes.subarray(at, at + length) };
      at += length;
    }
  }
}

function textOf(bytes: Uint8Array, number: number): string {
  for (const field of fieldsOf(bytes)) {
    if (field.number === number) return new TextDecoder().decode(field.content);
  }
  return "";
}

/** The names of each operation's outputs, by the operation's name, from a serialized tensorflow.OpList. */
export function readOutputNames(operations: Uint8Array): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { content } of fieldsOf(operations)) {
    const outputs = [...fieldsOf(content)].filter(({ number }) => number === 3);
    names.set(textOf(content, 1), outputs.map((output) => textOf(output.content, 1)));
  }
  return names;
}

/** Names of the outputs of every operation that a library knows. */
export function outputNames(library: TensorflowLibrary): Map<string, string[]> {
  const { symbols, read } = library;
  const buffer = symbols.TF_GetAllOpList();
  // TF_Buffer: address and length of the data.
  const parts = new BigUint64Array(2);
  read(new Uint8Array(parts.buffer), buffer);
  const bytes = new Uint8Array(Number(parts[1]));
  read(bytes, parts[0]!);
  symbols.TF_DeleteBuffer(buffer);
  return readOutputNames(bytes);
}
