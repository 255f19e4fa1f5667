import { Problem } from "../base/problem.ts";

/**
 * The functions of TensorFlow's C API (c_api.h, eager/c_api.h, eager/c_api_experimental.h) that Podium calls. Pointers
 * travel as u64: numbers need no permission beside that for the library itself, unlike Deno.UnsafePointer.
 */
export const SYMBOLS = {
  TF_Version: { parameters: [], result: "u64" },
  TF_NewStatus: { parameters: [], result: "u64" },
  TF_GetCode: { parameters: ["u64"], result: "i32" },
  TF_Message: { parameters: ["u64"], result: "u64" },

  TF_AllocateTensor: { parameters: ["i32", "buffer", "i32", "usize"], result: "u64" },
  TF_DeleteTensor: { parameters: ["u64"], result: "void" },
  TF_TensorData: { parameters: ["u64"], result: "u64" },
  TF_TensorByteSize: { parameters: ["u64"], result: "usize" },
  TF_StringInit: { parameters: ["u64"], result: "void" },
  TF_StringCopy: { parameters: ["u64", "buffer", "usize"], result: "void" },
  TF_StringGetDataPointer: { parameters: ["u64"], result: "u64" },
  TF_StringGetSize: { parameters: ["u64"], result: "usize" },

  TFE_NewContextOptions: { parameters: [], result: "u64" },
  TFE_ContextOptionsSetConfig: { parameters: ["u64", "buffer", "usize", "u64"], result: "void" },
  TFE_ContextOptionsSetDevicePlacementPolicy: { parameters: ["u64", "i32"], result: "void" },
  TFE_DeleteContextOptions: { parameters: ["u64"], result: "void" },
  TFE_NewContext: { parameters: ["u64", "u64"], result: "u64" },
  TFE_ContextAddFunctionDef: { parameters: ["u64", "buffer", "usize", "u64"], result: "void" },
  TFE_ContextRemoveFunction: { parameters: ["u64", "buffer", "u64"], result: "void" },
  TF_GetAllOpList: { parameters: [], result: "u64" },
  TF_DeleteBuffer: { parameters: ["u64"], result: "void" },
  TFE_ContextListDevices: { parameters: ["u64", "u64"], result: "u64" },
  TF_DeviceListCount: { parameters: ["u64"], result: "i32" },
  TF_DeviceListName: { parameters: ["u64", "i32", "u64"], result: "u64" },
  TF_DeviceListType: { parameters: ["u64", "i32", "u64"], result: "u64" },
  TF_DeleteDeviceList: { parameters: ["u64"], result: "void" },

  TFE_NewTensorHandle: { parameters: ["u64", "u64"], result: "u64" },
  TFE_DeleteTensorHandle: { parameters: ["u64"], result: "void" },
  TFE_TensorHandleDataType: { parameters: ["u64"], result: "i32" },
  TFE_TensorHandleNumDims: { parameters: ["u64", "u64"], result: "i32" },
  TFE_TensorHandleDim: { parameters: ["u64", "i32", "u64"], result: "i64" },
  TFE_TensorHandleResolve: { parameters: ["u64", "u64"], result: "u64" },
  TFE_TensorHandleCopyToDevice: { parameters: ["u64", "u64", "buffer", "u64"], result: "u64" },

  TFE_NewOp: { parameters: ["u64", "buffer", "u64"], result: "u64" },
  TFE_OpReset: { parameters: ["u64", "buffer", "u64", "u64"], result: "void" },
  TFE_OpAddInput: { parameters: ["u64", "u64", "u64"], result: "void" },
  TFE_OpSetAttrString: { parameters: ["u64", "buffer", "buffer", "usize"], result: "void" },
  TFE_OpSetAttrStringList: { parameters: ["u64", "buffer", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrInt: { parameters: ["u64", "buffer", "i64"], result: "void" },
  TFE_OpSetAttrIntList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrFloat: { parameters: ["u64", "buffer", "f32"], result: "void" },
  TFE_OpSetAttrFloatList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrBool: { parameters: ["u64", "buffer", "u8"], result: "void" },
  TFE_OpSetAttrBoolList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrType: { parameters: ["u64", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrTypeList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrShape: { parameters: ["u64", "buffer", "buffer", "i32", "u64"], result: "void" },
  TFE_Execute: { parameters: ["u64", "buffer", "buffer", "u64"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Opened before all others: a library that is too old lacks some of those, one of another make has none. */
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

/** TensorFlow's functions, callable. */
export type TensorflowSymbols = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;

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
    const { symbols: { TF_Version } } = Deno.dlopen(path, VERSION);
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
