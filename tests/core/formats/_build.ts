/** Small archives, built by the formats' own rules so that the readers are tested against something else. */

function field(header: Uint8Array, at: number, text: string): void {
  header.set(new TextEncoder().encode(text), at);
}

function tarHeader(name: string, size: number, link: string | null): Uint8Array {
  const header = new Uint8Array(512);
  field(header, 0, name);
  field(header, 100, "0000644\0");
  field(header, 124, size.toString(8).padStart(11, "0") + "\0");
  field(header, 148, "        ");
  field(header, 156, link === null ? "0" : "2");
  if (link !== null) field(header, 157, link);
  field(header, 257, "ustar\x0000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  field(header, 148, sum.toString(8).padStart(6, "0") + "\0 ");
  return header;
}

/** A tar.gz of files; a value that starts with "->" becomes a symbolic link. */
export async function buildTarGz(files: Readonly<Record<string, string>>): Promise<Uint8Array<ArrayBuffer>> {
  const blocks: Uint8Array[] = [];
  for (const [name, text] of Object.entries(files)) {
    const link = text.startsWith("->") ? text.slice(2) : null;
    const content = new TextEncoder().encode(link === null ? text : "");
    const padded = new Uint8Array(Math.ceil(content.length / 512) * 512);
    padded.set(content);
    blocks.push(tarHeader(name, content.length, link), padded);
  }
  blocks.push(new Uint8Array(1024));
  const stream = new Blob(blocks as Uint8Array<ArrayBuffer>[]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function record(size: number, write: (view: DataView) => void, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(size + tail.length);
  write(new DataView(bytes.buffer));
  bytes.set(tail, size);
  return bytes;
}

/** A zip of deflated files. */
export async function buildZip(files: Readonly<Record<string, string>>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = new TextEncoder().encode(text);
    const packed = await deflate(content);
    const label = new TextEncoder().encode(name);
    const sizes = (view: DataView, at: number) => {
      view.setUint16(at, 8, true);
      view.setUint32(at + 10, packed.length, true);
      view.setUint32(at + 14, content.length, true);
      view.setUint16(at + 18, label.length, true);
    };
    const start = offset;
    parts.push(record(30, (view) => (view.setUint32(0, 0x04034b50, true), sizes(view, 8)), label), packed);
    directory.push(record(46, (view) => {
      view.setUint32(0, 0x02014b50, true);
      sizes(view, 10);
      view.setUint32(42, start, true);
    }, label));
    offset += 30 + label.length + packed.length;
  }
  const length = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = record(22, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(10, directory.length, true);
    view.setUint32(12, length, true);
    view.setUint32(16, offset, true);
  }, new Uint8Array(0));
  return new Uint8Array(
    await new Blob([...parts, ...directory, end] as Uint8Array<ArrayBuffer>[]).arrayBuffer(),
  );
}
