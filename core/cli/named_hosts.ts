import { parseArgs } from "@std/cli";
import { Problem } from "../base/problem.ts";
import { isS3Address, s3Access, type Variable } from "../store/s3_access.ts";

/** The host of an address, with its port where it names one; null where it is none, which the task itself tells. */
function hostOf(address: string, variable: Variable): string | null {
  try {
    const url = URL.parse(isS3Address(address) ? s3Access(address, variable).bucketUrl : address);
    return url?.host || null;
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

/**
 * The hosts that the flags `--queue` and `--store` name, as Deno's network permission takes them.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(namedHosts(["--queue=redis://first:6379", "--store", "results/store"]), ["first:6379"]);
 * ```
 */
export function namedHosts(args: readonly string[], variable: Variable = Deno.env.get): string[] {
  const { queue, store } = parseArgs([...args], { string: ["queue", "store"] });
  const hosts = [queue, store].map((address) =>
    typeof address === "string" ? hostOf(address, variable) : null
  );
  return hosts.filter((host) => host !== null);
}
