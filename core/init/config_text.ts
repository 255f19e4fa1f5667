import type { Inspection } from "./inspect_folder.ts";
import { middleSide, type Recipe, smallRecipe, strongRecipe } from "./recipes.ts";

function rounded(values: readonly number[]): string {
  return `[${values.map((value) => Number(value.toPrecision(5))).join(", ")}]`;
}

function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** Values may be of any size: the loss measures errors in their deviation. */
function valueLoss({ labels, layout }: Inspection): string[] {
  const scales = layout.classes.map((_, column) => meanAndDeviation(labels.map((row) => row[column]!)));
  const [mean, deviation] = [scales.map((scale) => scale.mean), scales.map((scale) => scale.deviation)];
  return ["name: smooth_l1_loss", `params: { mean: ${rounded(mean)}, deviation: ${rounded(deviation)} }`];
}

/** A loss that fits target and metric. */
function lossLines(inspection: Inspection): string[] {
  const { target, metric, submission } = inspection;
  if (target === "value") return valueLoss(inspection);
  if (target === "grade") return ["name: cumulative_loss"];
  if (target === "class" || (target === "probabilities" && submission.rowSum)) {
    // Smoothed labels make probabilities less sure than they are, which log loss punishes.
    return [
      "name: softmax_cross_entropy",
      ...metric.name === "log_loss" ? [] : ["params: { label_smoothing: 0.05 }"],
    ];
  }
  return [metric.name.includes("f1") ? "name: binary_focal_loss" : "name: cross_entropy"];
}

function normalization({ measures }: Inspection): string[] {
  if (measures === null) return ["per_image_norm: true"];
  return [
    `# Measured on ${measures.looked} images, on the scale 0 to 255.`,
    `mean_std: [${rounded(measures.mean)}, ${rounded(measures.std.map((value) => Math.max(value, 1)))}]`,
  ];
}

/** Pictures smaller than the network's input are enlarged first: turned at their own size they would lose detail. */
function enlargement({ measures }: Inspection, size: number): string[] {
  if (measures === null || middleSide(measures) >= size) return [];
  return ["always:", `  - [Resize, { height: ${size}, width: ${size} }]`];
}

/** Lines of a YAML section, indented under its name. */
function section(name: string, lines: readonly string[]): string {
  return [`${name}:`, ...lines.map((line) => line === "" ? "" : `  ${line}`)].join("\n");
}

function metricLine({ metric: { name, params } }: Inspection): string {
  const pairs = Object.entries(params).map(([key, value]) => `${key}: ${value}`).join(", ");
  return pairs === "" ? `metric: ${name}` : `metric: { name: ${name}, params: { ${pairs} } }`;
}

function configText(inspection: Inspection, recipe: Recipe, dir: string): string {
  const { metric, measures } = inspection;
  const sections = [
    section("data", [
      `dir: ${JSON.stringify(inspection.dir)}`,
      ...measures?.depth === 16 ? ["depth: 16"] : [],
    ]),
    section("model", recipe.model),
    section("train", [
      `dir: ${JSON.stringify(dir)}`,
      `batch_size: ${recipe.batch}`,
      `num_epochs: ${recipe.epochs}`,
      `# A guess: ${metric.reason}. The competition's page says what counts.`,
      metricLine(inspection),
      ...recipe.train,
    ]),
    section("loss", lossLines(inspection)),
    section("optimizer", recipe.optimizer),
    section("scheduler", ["name: cosine"]),
    section("transform", [
      "name: pipeline",
      "num_preprocessor: 2",
      "params:",
      `  size: ${recipe.size}`,
      ...normalization(inspection).map((line) => `  ${line}`),
      ...enlargement(inspection, recipe.size).map((line) => `  ${line}`),
      "  operations:",
      ...recipe.operations.map((line) => `    ${line}`),
    ]),
  ];
  const head = `# ${recipe.about}\n` +
    "# The first of five folds; another one: --set data.params.idx_fold=1 --set train.dir=...";
  return [head, ...sections].join("\n\n") + "\n";
}

/** The config of a small net. */
export function smallConfig(inspection: Inspection, dir: string): string {
  return configText(inspection, smallRecipe(inspection), dir);
}

/** The config of a large net. */
export function strongConfig(inspection: Inspection, dir: string): string {
  return configText(inspection, strongRecipe(inspection), dir);
}

/** submission.yml for the small net's predictions. */
export function submissionConfig(inspection: Inspection, run: string, output: string): string {
  const { submission } = inspection;
  const leaks = ["ahash", "phash"].map((hash) => JSON.stringify(`${inspection.dir}/data_leak.${hash}.csv`));
  return [
    "# One model; more of them, and their weights, go into both lists.",
    section("data", [`dir: ${JSON.stringify(inspection.dir)}`]),
    metricLine(inspection),
    `# Detected, as ${submission.reason}:\n# shape: ${submission.shape}`,
    section("test_val", [`- "inferences/${run}.test_val.csv"`]),
    section("test", [`- "inferences/${run}.test.csv"`]),
    `output: ${JSON.stringify(output)}`,
    "# Test images that find_data_leak found among the labelled ones: look at its report before you use them.\n" +
    `# leaks: [${leaks.join(", ")}]`,
  ].join("\n\n") + "\n";
}
