import type { Inspection } from "./inspect_folder.ts";

/** A recipe: what its config says beside what the folder tells. */
interface Recipe {
  readonly about: string;
  readonly model: readonly string[];
  readonly size: number;
  readonly batch: number;
  readonly epochs: number;
  readonly train: readonly string[];
  readonly optimizer: readonly string[];
  readonly operations: readonly string[];
}

/** Flips that do not change what an image shows. */
type Flips = "none" | "mirror" | "d4";

/** Updates of a small training. */
const SMALL_UPDATES = 2500;

/** Digits, letters and signs change when they are mirrored; they are small and gray. */
function flipsOf({ layout, measures }: Inspection): Flips {
  if (layout.channels.length > 3) return "d4";
  return layout.channels.length === 1 && middleSide(measures) <= 64 ? "none" : "mirror";
}

const FLIP_LINES: Readonly<Record<Flips, readonly string[]>> = {
  none: ["# No flips: small gray pictures may be characters. Photographs: - [HorizontalFlip, {}]"],
  mirror: [
    "# Characters and maps change when they are mirrored: take it out for them. From above (satellite, microscope): also",
    "# [RandomRotate90, {}], [Flip, {}] and [Transpose, {}].",
    "- [HorizontalFlip, {}]",
  ],
  d4: ["- [RandomRotate90, {}]", "- [Flip, {}]", "- [Transpose, {}]"],
};

/** Middle of the images' shorter sides; 512 where they could not be measured. */
function middleSide(measures: Inspection["measures"]): number {
  return measures === null ? 512 : Math.min(measures.width[1], measures.height[1]);
}

function multipleOf(step: number, value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, step * Math.round(value / step)));
}

function epochsFor(updates: number, images: number, batch: number): number {
  return Math.min(60, Math.max(8, Math.ceil(updates * batch / images)));
}

/** A net that trains in minutes on a CPU. */
function smallRecipe(inspection: Inspection): Recipe {
  const { images: { train }, measures } = inspection;
  const batch = train < 5000 ? 16 : 32;
  const colour = measures?.depth === 16
    ? []
    : ["- [RandomBrightness, { limit: 0.1 }]", "- [RandomContrast, { limit: 0.1 }]"];
  return {
    about: "A small net that trains on a CPU in minutes: the first submission.",
    model: ["name: resnet18", "params: { width: 16 }"],
    size: multipleOf(16, middleSide(measures), [32, 128]),
    batch,
    epochs: epochsFor(SMALL_UPDATES, train, batch),
    train: ["ema: 0.99"],
    optimizer: ["name: adamw", "params: { lr: 0.002, weight_decay: 0.02 }"],
    operations: [
      ...FLIP_LINES[flipsOf(inspection)],
      "- [ShiftScaleRotate, { shift_limit: 0.1, scale_limit: 0.15, rotate_limit: 15, p: 0.8 }]",
      ...colour,
    ],
  };
}

/** A large net with the recipe of today, for a GPU. */
function strongRecipe(inspection: Inspection): Recipe {
  const { target, measures } = inspection;
  const side = multipleOf(32, middleSide(measures), [64, 384]);
  const mixes = target !== "value" && target !== "grade";
  const model = side >= 128
    ? [
      "name: convnext_tiny",
      "# deno task download_weights hf:timm/convnext_tiny.fb_in1k, then:",
      '# params: { pretrained: "hf:timm/convnext_tiny.fb_in1k" }',
    ]
    : [
      "name: resnet34",
      "# deno task download_weights hf:timm/resnet34.a1_in1k, then:",
      '# params: { pretrained: "hf:timm/resnet34.a1_in1k" }',
    ];
  return {
    about: "A large net, for a GPU or a long night.",
    model,
    size: side,
    batch: 32,
    epochs: 30,
    train: ["warmup_steps: 200", "clip_norm: 1", "ema: 0.999", ...mixes ? ["mixup: 0.2", "cutmix: 1"] : []],
    optimizer: ["name: adamw", "params: { lr: 0.0005, weight_decay: 0.05 }"],
    operations: [
      ...FLIP_LINES[flipsOf(inspection)],
      "- [ShiftScaleRotate, { shift_limit: 0.06, scale_limit: 0.2, rotate_limit: 15, p: 0.7 }]",
      ...measures?.depth === 16 ? [] : ["- [TrivialAugmentWide, {}]"],
    ],
  };
}

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
  return [
    `# ${recipe.about}`,
    "# The first of five folds; another one: --set data.params.idx_fold=1 --set train.dir=...",
    ...sections,
  ]
    .join("\n") + "\n";
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
  return [
    `# One model; more of them, and their weights, go into both lists. The sample asks for the shape ${submission.shape}.`,
    section("data", [`dir: ${JSON.stringify(inspection.dir)}`]),
    metricLine(inspection),
    section("test_val", [`- "inferences/${run}.test_val.csv"`]),
    section("test", [`- "inferences/${run}.test.csv"`]),
    `output: ${JSON.stringify(output)}`,
    "# Test images that find_data_leak found among the labelled ones: look at its report before you use them.",
    `# leaks: ["${inspection.dir}/data_leak.ahash.csv", "${inspection.dir}/data_leak.phash.csv"]`,
  ].join("\n") + "\n";
}
