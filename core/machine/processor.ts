import os from "node:os";
import { openCLibrary } from "./c_library.ts";

/** What the processor of this machine can do. */
export interface ProcessorFeatures {
  /** As the processor calls itself, such as "AMD EPYC"; "unknown" where the process may not ask. */
  readonly model: string;
  /** Logical processors that this process sees. */
  readonly cores: number;
  /** Names as in Linux' /proc/cpuinfo, such as "avx2"; empty where they cannot be asked for. */
  readonly features: ReadonlySet<string>;
  /**
   * What multiplies bfloat16 numbers: tile units ("amx"), vector units ("avx512"), neither, or unknown. Without either
   * a library converts them to float32, which is slower than float32 itself.
   */
  readonly bfloat16: "amx" | "avx512" | "none" | "unknown";
}

/** A bit of the processor's answer to CPUID: the leaf by glibc's number, the register (eax, ebx, ecx, edx), the bit. */
type FeatureBit = readonly [leaf: number, register: number, bit: number];

/** glibc's numbers of CPUID's leaves 1, 7 and 7 with ECX 1 (sys/platform/x86.h). */
const LEAF_1 = 0, LEAF_7 = 1, LEAF_7_1 = 6;
const EAX = 0, EBX = 1, ECX = 2, EDX = 3;

/** Those that matrix products make use of (Intel's Software Developer's Manual, volume 2, CPUID). */
const BITS: Readonly<Record<string, FeatureBit>> = {
  fma: [LEAF_1, ECX, 12],
  avx: [LEAF_1, ECX, 28],
  f16c: [LEAF_1, ECX, 29],
  avx2: [LEAF_7, EBX, 5],
  avx512f: [LEAF_7, EBX, 16],
  avx512dq: [LEAF_7, EBX, 17],
  avx512bw: [LEAF_7, EBX, 30],
  avx512vl: [LEAF_7, EBX, 31],
  avx512_vnni: [LEAF_7, ECX, 11],
  amx_bf16: [LEAF_7, EDX, 22],
  avx512_fp16: [LEAF_7, EDX, 23],
  amx_tile: [LEAF_7, EDX, 24],
  amx_int8: [LEAF_7, EDX, 25],
  avx_vnni: [LEAF_7_1, EAX, 4],
  avx512_bf16: [LEAF_7_1, EAX, 5],
  amx_fp16: [LEAF_7_1, EAX, 21],
};

/** glibc 2.33's answer of CPUID; memcpy brings it out of native memory. */
const CPUID = {
  __x86_get_cpuid_feature_leaf: { parameters: ["u32"], result: "u64", optional: true },
  memcpy: { parameters: ["buffer", "u64", "usize"], result: "u64" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A leaf is four registers of what the processor has, then four of what the system lets programs use. */
const REGISTERS = 4, LEAF_BYTES = 2 * REGISTERS * 4;

function readFeatures(): Set<string> | null {
  const library = Deno.build.arch === "x86_64" ? openCLibrary(CPUID) : null;
  const leafAt = library?.__x86_get_cpuid_feature_leaf;
  if (!library || !leafAt) return null;
  const usable = (leaf: number): Uint32Array => {
    const registers = new Uint32Array(LEAF_BYTES / 4);
    library.memcpy(registers, leafAt(leaf), BigInt(LEAF_BYTES));
    return registers.subarray(REGISTERS);
  };
  const leaves = new Map([LEAF_1, LEAF_7, LEAF_7_1].map((leaf) => [leaf, usable(leaf)]));
  const names = Object.entries(BITS).filter(([, [leaf, register, bit]]) =>
    (leaves.get(leaf)![register]! >>> bit & 1) === 1
  );
  return new Set(names.map(([name]) => name));
}

function readModel(): string {
  try {
    return os.cpus()[0]?.model.trim() || "unknown";
  } catch {
    // Deno was not started with --allow-sys=cpus.
    return "unknown";
  }
}

function bfloat16Of(features: ReadonlySet<string> | null): ProcessorFeatures["bfloat16"] {
  if (features === null) return "unknown";
  if (features.has("amx_bf16")) return "amx";
  return features.has("avx512_bf16") ? "avx512" : "none";
}

/**
 * What the processor can do, as far as the process may ask: the model needs `--allow-sys=cpus`, the features
 * `--allow-ffi` for node_modules, as tasks that compute have. Features are known on Linux with glibc 2.33 or newer on
 * x86_64 and nowhere else.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 *
 * assert(processorFeatures().cores >= 1);
 * ```
 */
export function processorFeatures(): ProcessorFeatures {
  const features = readFeatures();
  return {
    model: readModel(),
    cores: navigator.hardwareConcurrency,
    features: features ?? new Set(),
    bfloat16: bfloat16Of(features),
  };
}
