/** A slice to write: its values and how they are shown. */
export interface WrittenSlice {
  readonly height: number;
  readonly width: number;
  /** Stored values, 16 bits and signed. */
  readonly values: Int16Array;
  readonly window: readonly [center: number, width: number];
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function element(group: number, number: number, kind: string, value: Uint8Array): Uint8Array {
  const long = kind === "OW" || kind === "OB", head = new Uint8Array(long ? 12 : 8);
  const view = new DataView(head.buffer);
  view.setUint16(0, group, true);
  view.setUint16(2, number, true);
  head.set(new TextEncoder().encode(kind), 4);
  if (long) view.setUint32(8, value.length, true);
  else view.setUint16(6, value.length, true);
  return join([head, value]);
}

/** Text of an even length, as DICOM wants it. */
function text(value: string, fill = " "): Uint8Array {
  return new TextEncoder().encode(value.length % 2 === 0 ? value : value + fill);
}

function short(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >> 8);
}

/** A DICOM file of one gray slice: explicit, little endian, uncompressed. */
export function dicomFile({ height, width, values, window }: WrittenSlice): Uint8Array {
  return join([
    new Uint8Array(128),
    text("DICM"),
    element(2, 0x10, "UI", text("1.2.840.10008.1.2.1", "\0")),
    element(0x28, 2, "US", short(1)),
    element(0x28, 4, "CS", text("MONOCHROME2")),
    element(0x28, 0x10, "US", short(height)),
    element(0x28, 0x11, "US", short(width)),
    element(0x28, 0x100, "US", short(16)),
    element(0x28, 0x101, "US", short(16)),
    element(0x28, 0x103, "US", short(1)),
    element(0x28, 0x1050, "DS", text(String(window[0]))),
    element(0x28, 0x1051, "DS", text(String(window[1]))),
    element(0x7fe0, 0x10, "OW", new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}
