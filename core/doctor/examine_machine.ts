import { freeDisk } from "../machine/disk.ts";
import { type ProcessorFeatures, processorFeatures } from "../machine/processor.ts";
import type { Finding } from "./finding.ts";

const BFLOAT16: Readonly<Record<ProcessorFeatures["bfloat16"], string>> = {
  amx: "multiplies bfloat16 in matrix units (AMX), in about half the time of float32",
  avx512: "multiplies bfloat16 in vector units (AVX-512)",
  none: "has no bfloat16 units: bfloat16 gains nothing over float32",
  unknown: "whether it multiplies bfloat16 cannot be asked here",
};

/** Less than this, and a training of pictures of 128 px is likely to end for want of it. */
const LEAST_MEMORY = 2e9, LEAST_DISK = 2e9;

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

function examineProcessor({ model, cores, features, bfloat16 }: ProcessorFeatures): Finding {
  const names = features.size === 0 ? "" : `, ${[...features].join(" ")}`;
  const text = `${model}, ${cores} ${cores === 1 ? "core" : "cores"}${names}; ${BFLOAT16[bfloat16]}`;
  return { subject: "processor", state: "good", text };
}

function examineMemory(): Finding {
  const subject = "memory";
  const { available, total } = Deno.systemMemoryInfo();
  const text = `${gigabytes(available)} of ${gigabytes(total)} GB free`;
  if (available >= LEAST_MEMORY) return { subject, state: "good", text };
  return {
    subject,
    state: "bad",
    text,
    next: "End other programs, or train with a smaller train.batch_size",
  };
}

function examineDisk(): Finding {
  const subject = "disk";
  const free = freeDisk(".");
  if (free === null) return { subject, state: "absent", text: "how much is free cannot be asked here" };
  const text = `${gigabytes(free)} GB free in the working folder`;
  if (free >= LEAST_DISK) return { subject, state: "good", text };
  return { subject, state: "bad", text, next: "Make room: checkpoints and cached images are written here" };
}

/** Processor, memory and disk. */
export function examineMachine(): Finding[] {
  return [examineProcessor(processorFeatures()), examineMemory(), examineDisk()];
}
