import { z } from "zod";
import { openLayout } from "./open_layout.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { configProblem } from "../base/problem.ts";

/** Flags of tasks that open data without a config. */
export const layoutFlags = z.strictObject({
  data_dir: z.string().default("data").describe("Folder of the images and CSV files"),
  layout: z.string().default("auto").describe("Name of the layout plugin, or auto to look at the folder"),
  layout_params: z.string().default("{}").describe("Parameters of the layout plugin, as JSON"),
});

/** Opens the layout that flags name. Throws a config problem when the parameters are no JSON object that fits. */
export async function openFlaggedLayout(
  registry: Registry,
  flags: z.output<typeof layoutFlags>,
): Promise<Layout> {
  try {
    const params = z.record(z.string(), z.unknown()).parse(JSON.parse(flags.layout_params));
    return await openLayout(registry, flags.data_dir, { name: flags.layout, params });
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
    throw configProblem(
      `--layout_params ${JSON.stringify(flags.layout_params)}: it must be a JSON object that fits the layout`,
      `Such as --layout_params='{"labels": "train.csv"}'; "deno task plugins layouts" lists the parameters`,
    );
  }
}
