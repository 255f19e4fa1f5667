import { z } from "zod";
import { explainIssues } from "../plugin/explain.ts";
import { applyOverride } from "../config/override.ts";
import { readYamlTree } from "../formats/yaml.ts";
import { configProblem } from "../base/problem.ts";
import { MERGE_RULES } from "../predict/merge_views.ts";
import { IMAGE_MERGE_RULES } from "./merge_images.ts";
import { modelSchema, problemsOfModels } from "./model_schema.ts";
import { SHAPES } from "./shapes/shape.ts";
import { THRESHOLD_RULES } from "./thresholds/choose_thresholds.ts";

/** Ways to join models, the simplest first; a name with an end calibrates the rule before it. */
export const ENSEMBLE_RULES = [
  "single",
  "mean",
  "geometric",
  "rank",
  "greedy",
  "class_weights",
  "stacking",
  ...["temperature", "platt"].flatMap((by) => ["mean", "geometric", "greedy"].map((rule) => `${rule}_${by}`)),
];

/** Schema of configs/submission.yml. */
export const submissionSchema = z.strictObject({
  data: z.strictObject({
    dir: z.string().default("./data").describe("Folder of the images and CSV files"),
    layout: z.string().default("auto").describe("Name of the layout plugin, or auto to look at the folder"),
    layout_params: z.record(z.string(), z.unknown()).default({}).describe("Parameters of the layout plugin"),
  }).prefault({}),
  models: z.array(modelSchema).default([]).describe(
    "Models whose folds are joined out of fold: {name, configs, weight}, or {name, val, test, weight} with files",
  ),
  fold_merge: z.enum(MERGE_RULES).default("mean").describe(
    "How the test predictions of a model's folds become one: mean, gmean (geometric) or rank",
  ),
  test_val: z.array(z.string()).default([]).describe(
    "Instead of models: prediction files with labels, one a model",
  ),
  test: z.array(z.string()).default([]).describe(
    "With test_val: prediction files of the test images, in its order",
  ),
  ensemble: z.enum(["auto", "weights", ...ENSEMBLE_RULES]).default("auto").describe(
    "How models are joined: a rule, auto for the simplest that no other beats by its nested score (weights where a model has one), or weights",
  ),
  weights: z.union(
    [z.literal("greedy"), z.array(z.number().positive())],
    "it must be a list of positive numbers, greedy or null",
  )
    .nullable().default(null).describe(
      "Weight of each of test_val; greedy: searched on the labelled predictions; null: equal, or those of models",
    ),
  leaks: z.array(z.string()).default([]).describe(
    "Files of known test labels, Id and Target; later ones win",
  ),
  output: z.string().default("submissions/submission.csv").describe(
    "The submission; with the known labels filled in it is written beside it as <output>.leak.csv",
  ),
  metric: z.union(
    [
      z.string(),
      z.strictObject({
        name: z.string().describe("Name of the metric plugin"),
        params: z.record(z.string(), z.unknown()).default({}).describe("Parameters of the plugin"),
      }),
    ],
    "it must be the name of a metric, {name, params} or null",
  ).nullable().default(null).describe(
    "Metric plugin that weights and thresholds serve, or {name, params}; null: by target and shape",
  ),
  shape: z.enum(["auto", ...SHAPES]).default("auto").describe(
    "What the answers look like; auto: as the sample submission shows",
  ),
  positive: z.string().nullable().default(null).describe(
    "Class whose probability the shape score writes; null: the one named like the column, 1, true, yes or positive, else the last",
  ),
  ranked: z.int().min(1).nullable().default(null).describe(
    "Number of classes that the shape ranked writes; null: as many as in the sample",
  ),
  row_sum: z.union([z.literal(1), z.literal("any")], "it must be 1, any or null").nullable().default(null)
    .describe("Sum of a row of the shape columns: 1, any, or null for that of the sample"),
  merge: z.enum(IMAGE_MERGE_RULES).default("mean").describe(
    "How predictions of images with the same submission Id become one",
  ),
  threshold: z.strictObject({
    rule: z.enum([...THRESHOLD_RULES, "metric"]).nullable().default(null).describe(
      "How thresholds are chosen on the labelled predictions; null: blend for macro F1, metric for other scores of labels",
    ),
    value: z.number().min(0).max(1).default(0.5).describe("The threshold of the rule fixed"),
    seed: z.int().min(0).default(0).describe("Seed of resampling, and of held-out parts"),
  }).prefault({}),
  empty: z.enum(["nearest", "blank"]).default("nearest").describe(
    "An image above no threshold: the class nearest to its threshold, or no class as upstream",
  ),
  plugins: z.array(z.string()).default([]).describe("Plugin files of your own, inside the working folder"),
});

/** A validated submission.yml with all defaults filled in. */
export type SubmissionConfig = z.output<typeof submissionSchema>;

function checkModels({ models, test_val, test, weights }: SubmissionConfig): string[] {
  const problems = problemsOfModels(models);
  if (test_val.length + test.length > 0) {
    problems.push("models: not together with test_val and test: these are one form, models is the other");
  }
  if (Array.isArray(weights)) {
    problems.push("weights: each of models has a weight of its own; leave it out, or greedy");
  }
  return problems;
}

function checkFiles({ test_val, test, weights }: SubmissionConfig): string[] {
  const problems: string[] = [];
  const count = test_val.length;
  if (count === 0) {
    problems.push("test_val: missing; name files, or name models and their folds under models");
  }
  if (test.length !== count) {
    problems.push(`test: ${test.length} files; test_val names ${count}, one for each model`);
  }
  if (Array.isArray(weights) && weights.length !== count) {
    problems.push(`weights: ${weights.length} numbers; test_val names ${count} files`);
  }
  return problems;
}

/** Hints for the error messages of an unreadable config. */
const HINTS = {
  missing: "Name a YAML file such as configs/submission.yml",
  holds: "keys such as models, test_val, test, weights",
};

/**
 * Reads a submission.yml, applies `--set` overrides and validates it. Throws one config problem that lists all errors.
 */
export async function loadSubmissionConfig(
  path: string,
  options: { readonly set?: readonly string[] } = {},
): Promise<SubmissionConfig> {
  const tree = (options.set ?? []).reduce(applyOverride, await readYamlTree(path, HINTS));
  const result = submissionSchema.safeParse(tree);
  const problems = result.success
    ? (result.data.models.length > 0 ? checkModels : checkFiles)(result.data)
    : explainIssues(result.error, tree, { schema: submissionSchema as z.ZodType });
  if (result.success && problems.length === 0) return result.data;
  const list = problems.sort().map((problem) => `  ${problem}`).join("\n");
  throw configProblem(`Cannot use the config "${path}":\n${list}`, "Correct the keys above");
}
