/** The CRC-32 of bytes bit by bit, as PKWARE's note defines it. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Numbers of 16 and 32 bits one after the other, each as `[bits, value]`. */
function fields(...values: readonly [bits: 16 | 32, value: number][]): Uint8Array {
  return joined(values.map(([bits, value]) => {
    const bytes = new Uint8Array(bits / 8);
    if (bits === 16) new DataView(bytes.buffer).setUint16(0, value, true);
    else new DataView(bytes.buffer).setUint32(0, value, true);
    return bytes;
  }));
}

/** A zip archive of stored files with their checksums, as torch.save writes one, without the alignment. */
export function storedZip(files: readonly (readonly [name: string, content: Uint8Array])[]): Uint8Array {
  const locals: Uint8Array[] = [], directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const label = new TextEncoder().encode(name);
    const about = fields(
      [16, 0],
      [16, 0],
      [16, 0],
      [16, 0],
      [32, crc32(content)],
      [32, content.length],
      [
        32,
        content.length,
      ],
      [16, label.length],
      [16, 0],
    );
    const local = joined([fields([32, 0x04034b50], [16, 0]), about, label, content]);
    const rest = fields([16, 0], [16, 0], [16, 0], [32, 0], [32, offset]);
    directory.push(joined([fields([32, 0x02014b50], [16, 0], [16, 0]), about, rest, label]));
    locals.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0), count = files.length;
  const end = fields([32, 0x06054b50], [16, 0], [16, 0], [16, count], [16, count], [32, size], [32, offset], [
    16,
    0,
  ]);
  return joined([...locals, ...directory, end]);
}
