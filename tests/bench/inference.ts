import type { Output } from "../../core/cli/output.ts";
import { benchNetworks } from "./networks.ts";
import type { BenchOptions } from "./options.ts";
import type { Result } from "./race.ts";

/** Forward passes of models whose batch normalisations are folded into the convolutions. */
export function bench(options: BenchOptions, output: Output): Promise<Result[]> {
  return benchNetworks("inference", options, output);
}
