import type { Output } from "../../core/base/output.ts";
import { benchNetworks } from "./networks.ts";
import type { BenchOptions } from "./options.ts";
import type { Result } from "./race.ts";
import { benchViewCost, type ViewCost } from "./view_cost.ts";

/** Forward passes of models whose batch normalisations are folded into the convolutions, then the cost of eight views. */
export async function bench(
  options: BenchOptions,
  output: Output,
): Promise<{ networks: Result[]; views: ViewCost }> {
  const networks = await benchNetworks("inference", options, output);
  return { networks, views: await benchViewCost(options, output) };
}
