import { dataProblem } from "../base/problem.ts";

/** What decoders and JavaScript say when the machine, not the picture, is the reason. */
const USED_UP =
  /out of memory|cannot allocate|array buffer allocation|ENOMEM|EMFILE|ENFILE|too many open files/i;

function reasonOf(message: string): string {
  if (/pixel limit/.test(message)) return "it has more pixels than data.max_pixels allows";
  // libvips keeps one text of errors for all threads: what else it says may belong to another file in flight.
  return "the file is cut off or damaged";
}

/**
 * Calls a decoder on bytes that are in memory. What it throws then is about the picture and becomes a data problem, unless
 * memory or file handles are used up: that error is passed on. Keep other work out of `call`, or its mistakes would be
 * taken for damaged pictures.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * await assertRejects(() => askDecoder(() => Promise.reject(new Error("bad header"))), Error, "cut off or damaged");
 * await assertRejects(() => askDecoder(() => Promise.reject(new Error("out of memory"))), Error, "out of memory");
 * ```
 */
export async function askDecoder<T>(call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw USED_UP.test(message) ? error : dataProblem(reasonOf(message));
  }
}
