import { Problem } from "../base/problem.ts";
import { withoutLibraryNoise } from "../machine/library_noise.ts";
import { SYMBOLS, type TensorflowSymbols } from "./symbols.ts";

/** Opened before all others: a library that is too old lacks some of them, one that is no TensorFlow has none. */
const VERSION = { TF_Version: { ...SYMBOLS.TF_Version, optional: true } } as const;

/** Functions of the C library, found through TensorFlow's own dependency on it. */
const C_LIBRARY = {
  dlopen: { parameters: ["buffer", "i32"], result: "u64" },
  strlen: { parameters: ["u64"], result: "usize" },
  memcpy: { parameters: ["u64", "buffer", "usize"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The same memcpy for the other direction: out of native memory into a typed array; it returns the array's address. */
const READ = {
  memcpy: { parameters: ["buffer", "u64", "usize"], result: "u64" },
} as const satisfies Deno.ForeignLibraryInterface;

/** An opened libtensorflow. */
export interface TensorflowLibrary {
  readonly path: string;
  /** What TF_Version says, such as 2.21.0. */
  readonly version: string;
  readonly symbols: TensorflowSymbols;
  /** Copies bytes from JavaScript to an address. */
  write(address: bigint, bytes: Uint8Array): void;
  /** Copies bytes from an address to JavaScript. */
  read(bytes: Uint8Array, address: bigint): void;
  /** Where a typed array's bytes lie; valid as long as the array is kept and has a buffer of its own. */
  addressOf(bytes: Uint8Array): bigint;
  /** The zero-terminated text at an address. */
  text(address: bigint): string;
}

/** The oldest TensorFlow whose C API and kernels Podium was written for. */
export const MINIMUM_VERSION = "2.9";

const RTLD_NOW_NODELETE = 0x1002;

/** Bytes of a text with a closing zero, as C wants it, in a buffer that does not move. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text + "\0");
  const buffer = new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return new Uint8Array(buffer);
}

/** Whether a version such as 2.10.1 is at least the minimum. */
export function isRecentEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM_VERSION.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * Opens libtensorflow. Throws a problem that names the install task when it is too old or is no TensorFlow.
 *
 * The library is pinned in memory: its exit handlers crash when it is unloaded before they run.
 */
export function openLibrary(path: string): TensorflowLibrary {
  try {
    const { symbols: { TF_Version } } = withoutLibraryNoise(() => Deno.dlopen(path, VERSION));
    if (!TF_Version) throw new Error("it is no libtensorflow");
    const { symbols: c } = Deno.dlopen(path, C_LIBRARY);
    const { symbols: reading } = Deno.dlopen(path, READ);
    c.dlopen(cString(path), RTLD_NOW_NODELETE);
    const read = (bytes: Uint8Array, address: bigint) => {
      reading.memcpy(bytes as Uint8Array<ArrayBuffer>, address, BigInt(bytes.byteLength));
    };
    const addressOf = (bytes: Uint8Array) => reading.memcpy(bytes as Uint8Array<ArrayBuffer>, 0n, 0n);
    const write = (address: bigint, bytes: Uint8Array) =>
      c.memcpy(address, bytes as Uint8Array<ArrayBuffer>, BigInt(bytes.byteLength));
    const text = (address: bigint) => {
      const bytes = new Uint8Array(Number(c.strlen(address)));
      read(bytes, address);
      return new TextDecoder().decode(bytes);
    };
    const version = text(TF_Version());
    if (!isRecentEnough(version)) {
      throw new Error(`it is version ${version}, at least ${MINIMUM_VERSION} is needed`);
    }
    const { symbols } = Deno.dlopen(path, SYMBOLS);
    return { path, version, symbols, read, write, addressOf, text };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem(
      "failed",
      `Cannot use the TensorFlow library "${path}": ${reason}`,
      "Run `deno task install_tensorflow`, or set TENSORFLOW_LIBRARY to another libtensorflow",
    );
  }
}
