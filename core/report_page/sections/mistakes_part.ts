import type { Example, LabelRow } from "../../base/example.ts";
import { isDataProblem } from "../../base/problem.ts";
import type { Experiment } from "../../experiment/experiment.ts";
import type { Layout } from "../../plugin/contracts.ts";
import { type Cell, dataTable } from "../../report/data_table.ts";
import { paragraph } from "../../report/page.ts";
import { element, escapeText } from "../../report/svg.ts";
import type { Assessment } from "../assess.ts";
import type { PagePart } from "../page_part.ts";
import { type Mistake, worstMistakes } from "../statistics/mistakes.ts";
import { type HeatMapOf, type Thumbnail, thumbnailOf } from "../thumbnails.ts";

const COUNT = 60;
/** Probabilities told of an image. */
const TOLD = 4;

/** A mistake with all that is shown of it. */
interface Shown {
  readonly id: string;
  readonly loss: number;
  readonly truth: string;
  readonly answer: string;
  /** Names with their probabilities or values, the highest first. */
  readonly predicted: string;
  readonly thumbnail: Thumbnail | null;
}

/** What mistakes are shown with. */
export interface MistakeOptions {
  readonly layout: Layout;
  readonly experiment: Experiment;
  readonly labels: readonly LabelRow[];
  readonly heatMapOf?: HeatMapOf | undefined;
}

function rowOf(values: ArrayLike<number>, row: number, classes: number): number[] {
  return Array.from({ length: classes }, (_, label) => values[row * classes + label]!);
}

function descending(values: readonly number[]): number[] {
  return [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
}

function numberNames(values: readonly number[], names: readonly string[], places: readonly number[]): string {
  return places.map((at) => `${names[at]} ${Number(values[at]!.toPrecision(3))}`).join(", ");
}

function marked(values: readonly number[], names: readonly string[]): string {
  const held = names.filter((_, label) => values[label] === 1);
  return held.length === 0 ? "none" : held.join(", ");
}

/** The files of an image; null when they are gone. */
async function exampleOf(
  id: string,
  { layout, labels }: MistakeOptions,
): Promise<Example | null> {
  const row = labels.find((label) => label.id === id);
  try {
    return { ...(await layout.filesOf(id, row?.source ?? "train")), labels: row?.labels ?? null };
  } catch (error) {
    if (!isDataProblem(error)) throw error;
    return null;
  }
}

async function showMistake(
  { row, loss }: Mistake,
  { predictions, answers }: Assessment,
  options: MistakeOptions,
): Promise<Shown> {
  const { classes: names, target } = options.layout, { ids, classes } = predictions;
  const truth = rowOf(predictions.labels, row, classes), own = rowOf(predictions.probabilities, row, classes);
  const isNumber = answers === null, all = [...names.keys()];
  const answered = isNumber ? [] : rowOf(answers.answers, row, classes);
  const told = target === "value" ? all.slice(0, TOLD) : descending(own).slice(0, TOLD);
  const missed = truth.findIndex((label, at) => label === 1 && answered[at] === 0);
  const label = answered.findIndex((answer, at) => answer === 1 && truth[at] === 0);
  const example = await exampleOf(ids[row]!, options), { experiment, heatMapOf } = options;
  return {
    id: ids[row]!,
    loss,
    truth: isNumber ? numberNames(truth, names, told) : marked(truth, names),
    answer: isNumber ? "" : marked(answered, names),
    predicted: numberNames(own, names, told),
    thumbnail: example &&
      await thumbnailOf(example, { experiment, heatMapOf, label: label >= 0 ? label : Math.max(0, missed) }),
  };
}

function picture(src: string, alt: string): string {
  return element("img", { src, alt, decoding: "async" });
}

function card({ id, truth, answer, predicted, loss, thumbnail }: Shown): string {
  const pictures = thumbnail === null ? [element("p", { class: "soft" }, ["The image cannot be read."])] : [
    picture(thumbnail.picture, `Image ${id}`),
    ...(thumbnail.heat === null ? [] : [picture(thumbnail.heat, `Where the model looked in ${id}`)]),
  ];
  const line = (name: string, text: string) =>
    text === "" ? "" : element("div", {}, [element("dt", {}, [name]), element("dd", {}, [escapeText(text)])]);
  return element("li", {}, [
    element("div", { class: "seen" }, pictures),
    element("p", { class: "id" }, [escapeText(id)]),
    element("dl", {}, [
      line("true", truth),
      line("answered", answer),
      line("predicted", predicted),
      line("loss", loss.toFixed(3)),
    ]),
  ]);
}

/** The worst mistakes with picture, Id, labels and predictions. */
export async function mistakesPart(model: Assessment, options: MistakeOptions): Promise<PagePart> {
  const { target } = options.layout;
  const judged = { ...model.predictions, answers: model.answers?.answers ?? null };
  const shown: Shown[] = [];
  for (const mistake of worstMistakes(judged, { target, count: COUNT })) {
    shown.push(await showMistake(mistake, model, options));
  }
  const rows: Cell[][] = shown.map(({ id, truth, answer, predicted, loss }) => [
    id,
    truth,
    answer,
    predicted,
    loss,
  ]);
  const columns = [{ name: "Id" }, { name: "true" }, { name: "answered" }, { name: "predicted" }, {
    name: "loss",
    digits: 3,
  }];
  const table = { name: "mistakes", caption: "The worst mistakes", columns, rows };
  const words = shown.length === 0
    ? "No image is answered wrongly."
    : `${model.name}: the ${shown.length} images with the highest loss among those that are answered wrongly.`;
  const list = element("ul", { class: "mistakes" }, shown.map(card));
  const details = element("details", {}, [element("summary", {}, ["As a table"]), dataTable(table)]);
  return {
    id: "mistakes",
    title: "Worst mistakes",
    body: [paragraph(words), ...(shown.length > 0 ? [list, details] : [])],
    tables: shown.length > 0 ? [table] : [],
  };
}
