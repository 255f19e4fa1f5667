import { join } from "@std/path";
import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { readText } from "../base/read_file.ts";
import type { Layout } from "../plugin/contracts.ts";

const group = z.object({ members: z.array(z.unknown()), conflict: z.boolean() });
const duplicatesSchema = z.object({
  pictures: z.number(),
  groups: z.record(z.string(), z.array(group)),
  broken: z.array(z.unknown()),
});
const leaksSchema = z.object({
  leaks: z.record(z.string(), z.array(z.object({ conflict: z.boolean() }))),
});
const splitSchema = z.object({
  settings: z.object({ folds: z.number() }),
  groups: z.number(),
  left_out: z.number(),
  measures: z.object({
    sizes: z.array(z.number()),
    counts: z.array(z.array(z.number())),
    largestDeviation: z.number(),
  }),
  conflicts: z.array(z.unknown()),
});

/** What the tasks that prepare data found; a part is null where its task did not run or its report is damaged. */
export interface PreparedFacts {
  readonly duplicates: z.output<typeof duplicatesSchema> | null;
  readonly leaks: z.output<typeof leaksSchema> | null;
  readonly split: z.output<typeof splitSchema> | null;
}

async function readReport<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  if (!(await pathExists(path))) return null;
  try {
    return schema.parse(JSON.parse(await readText(path, "table")));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** Reads the JSON reports that find_duplicate_images, find_data_leak and stratified_split wrote into the data folder. */
export async function readPreparedFacts({ dir }: Layout): Promise<PreparedFacts> {
  return {
    duplicates: await readReport(join(dir, "duplicates.report.json"), duplicatesSchema),
    leaks: await readReport(join(dir, "data_leak.report.json"), leaksSchema),
    split: await readReport(join(dir, "split.stratified.report.json"), splitSchema),
  };
}

/** How many images there are, and how often each class occurs. */
export interface LabelFacts {
  readonly train: number;
  readonly external: number;
  readonly test: number;
  /** Labelled images of each class; empty for targets that are numbers. */
  readonly counts: readonly number[];
}

/** Counts a competition's images and labels. */
export async function readLabelFacts(layout: Layout): Promise<LabelFacts> {
  const rows = await layout.readLabels(), test = (await layout.testIds()).length;
  const external = rows.filter(({ source }) => source === "external").length;
  const isNumber = layout.target === "value" || layout.target === "probabilities";
  const counts = new Array<number>(isNumber ? 0 : layout.classes.length).fill(0);
  if (!isNumber) { for (const { labels } of rows) for (const label of labels) counts[label]! += 1; }
  return { train: rows.length - external, external, test, counts };
}
