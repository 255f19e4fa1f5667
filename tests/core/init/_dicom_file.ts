/** DICOM files of one gray slice, as DICOM PS3.10 chapter 7 and PS3.5 chapter 7.1 (explicit VR, little endian) lay them out. */

const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
const SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";
/** Root of Ids made from a UUID; the rest is invented. */
const INSTANCE = "2.25.1", IMPLEMENTATION = "2.25.2";
/** Kinds of values whose length is written with 32 bits behind two bytes of nothing. */
const LONG_KINDS = ["OB", "OW"];

function element(tag: readonly [number, number], kind: string, value: Uint8Array): Uint8Array {
  const long = LONG_KINDS.includes(kind), padded = value.length + value.length % 2;
  const bytes = new Uint8Array((long ? 12 : 8) + padded), view = new DataView(bytes.buffer);
  view.setUint16(0, tag[0], true);
  view.setUint16(2, tag[1], true);
  bytes.set(new TextEncoder().encode(kind), 4);
  if (long) view.setUint32(8, padded, true);
  else view.setUint16(6, padded, true);
  bytes.set(value, long ? 12 : 8);
  return bytes;
}

function text(tag: readonly [number, number], kind: "UI" | "CS", value: string): Uint8Array {
  const padding = value.length % 2 === 0 ? "" : kind === "UI" ? "\0" : " ";
  return element(tag, kind, new TextEncoder().encode(value + padding));
}

/** Numbers of 16 bits, little endian on any machine. */
function words(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length * 2), view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setUint16(i * 2, values[i]!, true);
  return bytes;
}

function short(tag: readonly [number, number], value: number): Uint8Array {
  return element(tag, "US", words([value]));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function metaInformation(): Uint8Array {
  const elements = concat([
    element([2, 1], "OB", Uint8Array.of(0, 1)),
    text([2, 2], "UI", SECONDARY_CAPTURE),
    text([2, 3], "UI", INSTANCE),
    text([2, 0x10], "UI", EXPLICIT_LITTLE_ENDIAN),
    text([2, 0x12], "UI", IMPLEMENTATION),
  ]);
  return concat([element([2, 0], "UL", words([elements.length, 0])), elements]);
}

/** A DICOM file (MONOCHROME2, 12 of 16 bits, uncompressed) with these pixels, row by row, each below 4,096. */
export function dicomFile(
  pixels: Uint16Array,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  const preamble = new Uint8Array(128);
  return concat([
    preamble,
    new TextEncoder().encode("DICM"),
    metaInformation(),
    text([8, 0x16], "UI", SECONDARY_CAPTURE),
    text([8, 0x18], "UI", INSTANCE),
    short([0x28, 2], 1),
    text([0x28, 4], "CS", "MONOCHROME2"),
    short([0x28, 0x10], height),
    short([0x28, 0x11], width),
    short([0x28, 0x100], 16),
    short([0x28, 0x101], 12),
    short([0x28, 0x102], 11),
    short([0x28, 0x103], 0),
    element([0x7fe0, 0x10], "OW", words(pixels)),
  ]);
}
