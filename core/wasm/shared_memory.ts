/** Id of a WebAssembly binary's section that declares memories. */
const MEMORY_SECTION = 5;

/** Flags of a memory's limits: it has a maximum; it is shared between threads. */
const HAS_MAXIMUM = 1, SHARED = 2;

/** An unsigned LEB128 number at a byte and the byte after it. */
function number(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

/**
 * A WebAssembly binary whose own memory can be shared between threads; nothing else is changed. The threaded build of
 * tfjs-backend-wasm does not start under Deno, and uses threads in XNNPACK only.
 *
 * @throws Error when the binary declares no memory with a maximum
 */
export function withSharedMemory(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary);
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at]!, [size, start] = number(bytes, at + 1);
    const [memories, flags] = number(bytes, start);
    if (id === MEMORY_SECTION && memories === 1 && (bytes[flags]! & HAS_MAXIMUM) !== 0) {
      bytes[flags]! |= SHARED;
      return bytes;
    }
    at = start + size;
  }
  throw new Error("The WebAssembly binary declares no memory that could be shared");
}
