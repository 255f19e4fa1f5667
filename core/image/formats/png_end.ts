/** The last chunk of every PNG: no data, type IEND, its checksum. */
const END = Uint8Array.of(0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82);
const END_TYPE = 0x49454e44;

/**
 * Whether a PNG ends after a whole chunk that is not its last one: all pixels may be there, as Pillow takes it. One that
 * ends inside a chunk is damaged.
 *
 * @param bytes a file that starts as a PNG does
 */
export function lacksPngEnd(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 8;
  while (at + 12 <= view.byteLength) {
    if (view.getUint32(at + 4) === END_TYPE) return false;
    at += 12 + view.getUint32(at);
  }
  return at === view.byteLength;
}

/** A PNG with its last chunk, where only that is missing; the given bytes otherwise. */
export function withPngEnd(bytes: Uint8Array): Uint8Array {
  if (!lacksPngEnd(bytes)) return bytes;
  const whole = new Uint8Array(bytes.length + END.length);
  whole.set(bytes);
  whole.set(END, bytes.length);
  return whole;
}
