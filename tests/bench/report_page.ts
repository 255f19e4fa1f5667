import { join } from "@std/path";
import { Grain } from "../../core/demo/canvas.ts";
import { drawCells } from "../../core/demo/draw_cells.ts";
import { writeFileAtomic } from "../../core/base/files.ts";
import type { Output } from "../../core/base/output.ts";
import { Random } from "../../core/base/random.ts";
import { writeCsv } from "../../core/formats/csv.ts";
import { encodePng } from "../../core/image/encode.ts";
import { type Predictions, writePredictions } from "../../core/predictions/predictions.ts";
import { runInFolder } from "../tasks/_task_process.ts";
import { makeLabelSets } from "./label_sets.ts";
import type { BenchOptions } from "./options.ts";

const FOLDER = join("results", "bench", "report_page");
const ROWS = 96_000, CLASSES = 28, PICTURES = 60, SIDE = 512;
const MODELS = ["first", "second"] as const;

function idOf(row: number): string {
  return `row_${String(row).padStart(6, "0")}`;
}

/** Labels of the rows, 0 or 1 a class. */
function drawLabels(): Uint8Array {
  const labels = new Uint8Array(ROWS * CLASSES);
  for (const [row, set] of makeLabelSets(ROWS, 11).rows.entries()) {
    for (const label of set) labels[row * CLASSES + label] = 1;
  }
  return labels;
}

/** Predictions about right; those of the first rows are as wrong as can be. */
function predict(model: string, labels: Uint8Array): Predictions {
  const random = new Random(0, "bench report", model);
  const probabilities = Float64Array.from(labels, (label, cell) => {
    const shown = cell < PICTURES * CLASSES ? 1 - label : label;
    const noise = random.next() + random.next() + random.next() - 1.5;
    return 1 / (1 + Math.exp(-(5 * shown - 3.2 + 2 * noise)));
  });
  const ids = Array.from({ length: ROWS }, (_, row) => idOf(row));
  return { path: model, ids, classes: CLASSES, labels, probabilities };
}

async function drawPictures(): Promise<void> {
  const grain = new Grain(new Random(0, "bench", "grain")), folder = join(FOLDER, "data", "rgby", "train");
  await Deno.mkdir(folder, { recursive: true });
  for (let row = 0; row < PICTURES; row++) {
    const pixels = drawCells({ random: new Random(row, "bench"), grain, size: SIDE, labels: [row % 8] });
    await Deno.writeFile(join(folder, `${idOf(row)}.png`), await encodePng(pixels));
  }
}

async function makeCompetition(): Promise<void> {
  const labels = drawLabels(), data = join(FOLDER, "data");
  await drawPictures();
  const targets = Array.from({ length: ROWS }, (_, row) => {
    const own = labels.subarray(row * CLASSES, (row + 1) * CLASSES);
    return [idOf(row), [...own.keys()].filter((label) => own[label] === 1).join(" ")];
  });
  await writeCsv(join(data, "train.csv"), ["Id", "Target"], targets);
  await writeCsv(join(data, "sample_submission.csv"), ["Id", "Predicted"], [["test_0", "0"]]);
  for (const model of MODELS) {
    const config = `data: { dir: data }\nmodel: { name: resnet18 }\ntrain: { dir: ./results/${model} }\n` +
      "loss: { name: binary_focal_loss }\ntransform: { name: policy_transform }\n";
    await writeFileAtomic(join(FOLDER, `${model}.yml`), config);
    await writePredictions(join(FOLDER, "inferences", `${model}.val.csv`), predict(model, labels));
  }
}

/** Measures the report on as many rows as the Human Protein Atlas challenge has, with two models. */
export async function bench(_options: BenchOptions, output: Output): Promise<unknown> {
  await makeCompetition();
  const start = performance.now();
  const { code, stderr } = await runInFolder(FOLDER, "report", MODELS.map((model) => `${model}.yml`));
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(stderr);
  const { size } = await Deno.stat(join(FOLDER, "results", "report", "report.html"));
  const result = { rows: ROWS, classes: CLASSES, models: MODELS.length, seconds, megabytes: size / 1e6 };
  output.table(Object.keys(result), [Object.values(result).map((value) => value.toFixed(2))]);
  return result;
}
