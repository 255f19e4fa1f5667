import type { Output } from "../../core/base/output.ts";
import { benchNetworks } from "./networks.ts";
import type { BenchOptions } from "./options.ts";
import type { Result } from "./race.ts";

/** Training steps: forward, backward, Adam. */
export function bench(options: BenchOptions, output: Output): Promise<Result[]> {
  return benchNetworks("train", options, output);
}
