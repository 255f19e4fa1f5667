import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { DATA_DEFAULTS, type DataSettings } from "../core/layout/data_settings.ts";

/** Flags of tasks that open a data folder without a config. */
export const dataFlags = z.strictObject({
  data_dir: z.string().default(DATA_DEFAULTS.dataDir).describe("Folder of the images and CSV files"),
  layout: z.string().default(DATA_DEFAULTS.layout).describe(
    "Name of the layout plugin, or auto to look at the folder",
  ),
  layout_params: z.string().default("{}").describe("Parameters of the layout plugin, as JSON"),
});

/** Values of those flags. */
export type DataFlags = z.output<typeof dataFlags>;

/** Parses a JSON object. Throws a config problem when the text is not one. */
function readParams(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw configProblem(
      `--layout_params ${JSON.stringify(text)}: it must be a JSON object that fits the layout`,
      `Such as --layout_params='{"labels": "train.csv"}'; "deno task plugins layouts" lists the parameters`,
    );
  }
}

/** Converts the flags to settings. */
export function dataSettings(flags: DataFlags): DataSettings {
  return { dataDir: flags.data_dir, layout: flags.layout, layoutParams: readParams(flags.layout_params) };
}
