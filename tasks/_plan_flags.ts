import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { configFlags } from "./_config_flags.ts";

const SPLITS = ["train", "val", "test_val", "test"] as const;

/** Flags of the task that plans. */
export const planFlags = z.strictObject({
  ...configFlags,
  folds: z.string().optional().describe("Folds to train each config on, such as 0-4; its own when left out"),
  seeds: z.string().optional().describe(
    "Seeds to train each config with, such as 0,1,2; its own when left out",
  ),
  swa: z.int().min(0).default(10).describe("How many of the last checkpoints are averaged; 0: none"),
  greedy: z.boolean().default(false).describe("Average only those that gain, as --greedy of the swa task"),
  splits: z.string().default("test_val,test").describe(
    "Splits to predict: train, val, test_val, test; empty for none",
  ),
  num_tta: z.enum(["1", "2", "4", "8", "auto"], "it must be 1, 2, 4, 8 or auto").optional().describe(
    "Views of each image, as of the inference task",
  ),
  inference_parts: z.int().min(1).default(1).describe("Parts in which each split is predicted"),
  hash_parts: z.int().min(0).default(0).describe(
    "Parts in which all images are hashed, to find duplicates and leaks; 0: not at all",
  ),
  data_dir: z.string().optional().describe("Folder of those images; that of the first config, or data"),
  submission: z.string().optional().describe("Config of a submission, such as configs/submission.yml"),
  report: z.string().optional().describe("Folder of a report on all trainings, such as results/report"),
  output: z.string().default("results/plan.jsonl").describe("The plan, a unit a line"),
  dry_run: z.boolean().default(false).describe(
    "Print the units with estimated time and memory; write nothing",
  ),
});

/** Values of those flags. */
export type PlanFlags = z.output<typeof planFlags>;

/** Numbers such as 0-4 or 1,3. Throws a config problem on other texts. */
export function readNumbers(name: string, text: string | undefined): number[] | null {
  if (text === undefined) return null;
  const numbers = text.split(",").flatMap((part) => {
    const [, first, last = first] = part.trim().match(/^(\d{1,9})(?:-(\d{1,9}))?$/) ?? [];
    if (first === undefined || Number(last) < Number(first)) {
      throw configProblem(`--${name} "${text}": it must be numbers such as 0-4 or 1,3`);
    }
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
  });
  return [...new Set(numbers)];
}

/** Splits by their names, separated by commas. Throws a config problem on an unknown one. */
export function readSplits(text: string): (typeof SPLITS)[number][] {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  return names.map((name) => {
    const split = SPLITS.find((known) => known === name);
    if (split) return split;
    throw configProblem(`--splits "${text}": "${name}" is no split; known: ${SPLITS.join(", ")}`);
  });
}
