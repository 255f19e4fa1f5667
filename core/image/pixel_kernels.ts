import { PLAIN } from "./assembled.ts";

/** The functions of assembly/, where their arguments are explained. Pictures and rows are given by address. */
interface PixelKernels {
  sampleRow(
    data: number,
    height: number,
    width: number,
    channels: number,
    x: number,
    y: number,
    count: number,
    out: number,
  ): void;
  halveRows(rows: number, width: number, channels: number, toEven: number, out: number): void;
  resizeRow(row: number, channels: number, axis: number, count: number, out: number): void;
  blendRows(a: number, weightA: number, b: number, weightB: number, length: number, out: number): void;
}

const module = new WebAssembly.Module(Uint8Array.fromBase64(PLAIN));

let memory: WebAssembly.Memory, kernels: PixelKernels, bytes: Uint8Array;

function start(): void {
  memory = new WebAssembly.Memory({ initial: 1 });
  kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as PixelKernels;
  bytes = new Uint8Array(memory.buffer);
}
start();

/** Bytes of memory that are kept from one picture to the next at most. */
const KEPT = 2 ** 26;
/** Bytes behind a picture that kernels may read and write. */
const MARGIN = 64;

function grow(size: number): void {
  const missing = size + MARGIN - bytes.length;
  if (missing <= 0) return;
  memory.grow(Math.ceil(missing / 65536));
  bytes = new Uint8Array(memory.buffer);
}

/**
 * Runs work with the kernels and `size` bytes of their memory, whose content is arbitrary. Memory of a very large picture
 * is given back. Calls cannot be nested.
 */
export function withPixelKernels<Result>(
  size: number,
  work: (kernels: PixelKernels, bytes: Uint8Array) => Result,
): Result {
  grow(size);
  try {
    return work(kernels, bytes);
  } finally {
    if (bytes.length > KEPT) start();
  }
}
