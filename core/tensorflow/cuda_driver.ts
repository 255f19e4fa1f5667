/**
 * Functions of NVIDIA's driver. A CUDA build of TensorFlow has them under their own names and opens libcuda.so.1 at the
 * first call; any other build lacks them.
 */
const DRIVER = {
  cuInit: { parameters: ["u32"], result: "i32", optional: true },
  cuDriverGetVersion: { parameters: ["buffer"], result: "i32", optional: true },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32", optional: true },
  cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32", optional: true },
} as const satisfies Deno.ForeignLibraryInterface;

/** What NVIDIA's driver says of itself. */
export interface CudaDriver {
  /** The CUDA that it speaks, such as 12.9; null when it did not start. */
  readonly version: string | null;
  /** The names of its GPUs. */
  readonly devices: readonly string[];
  /** Why no GPU can be used, or null. */
  readonly problem: string | null;
}

/** What cuInit answers (CUresult in cuda.h). The stub of TensorFlow answers 303 when it cannot open the driver. */
const REASONS: Readonly<Record<number, string>> = {
  100: "CUDA_ERROR_NO_DEVICE: the driver sees no GPU, or CUDA_VISIBLE_DEVICES hides all",
  101: "CUDA_ERROR_INVALID_DEVICE: CUDA_VISIBLE_DEVICES names a GPU that is not there",
  303: "libcuda.so.1 is not found: NVIDIA's driver is not installed",
  802: "CUDA_ERROR_SYSTEM_NOT_READY: a service of the driver, such as nvidia-fabricmanager, is not running",
  803:
    "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH: libcuda.so.1 and the driver in the kernel differ, so restart the machine",
  804: "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE: the driver is too old for this GPU's CUDA",
  999: "CUDA_ERROR_UNKNOWN: the driver in the kernel does not answer, so restart the machine",
};

/** The longest name of a GPU that is read, in bytes. */
const NAME_BYTES = 256;

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

/**
 * Asks NVIDIA's driver through a TensorFlow library.
 *
 * @returns null when the library is built without CUDA
 */
export function askCudaDriver(library: string): CudaDriver | null {
  const { symbols } = Deno.dlopen(library, DRIVER);
  const { cuInit, cuDriverGetVersion, cuDeviceGetCount, cuDeviceGetName } = symbols;
  if (!cuInit || !cuDriverGetVersion || !cuDeviceGetCount || !cuDeviceGetName) return null;
  const code = cuInit(0);
  if (code !== 0) {
    return {
      version: null,
      devices: [],
      problem: `${REASONS[code] ?? "the driver fails"} (cuInit: ${code})`,
    };
  }
  const number = new Int32Array(1);
  cuDriverGetVersion(number);
  const version = `${Math.floor(number[0]! / 1000)}.${number[0]! % 1000 / 10}`;
  number[0] = 0;
  cuDeviceGetCount(number);
  const devices = Array.from({ length: number[0]! }, (_, device) => {
    const name = new Uint8Array(NAME_BYTES);
    cuDeviceGetName(name, name.length, device);
    return textOf(name);
  });
  return { version, devices, problem: devices.length > 0 ? null : REASONS[100]! };
}
