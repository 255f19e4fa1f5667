import { pointChart } from "../../report/charts.ts";
import { type DataTable, dataTable } from "../../report/data_table.ts";
import { SMALL } from "../../report/frame.ts";
import { paragraph } from "../../report/page.ts";
import { element, escapeText } from "../../report/svg.ts";
import { type ClassColumn, classTable, countPositives, f1At } from "../../submit/class_table.ts";
import type { Assessment } from "../assess.ts";
import type { PagePart } from "../page_part.ts";
import { thresholdCurve } from "../statistics/threshold_curve.ts";

/** Classes whose curves are drawn: those with the most images. */
const DRAWN = 30;
const FRAME = { ...SMALL, height: 190 };

/** A class with its threshold. */
interface Chosen {
  readonly name: string;
  readonly label: number;
  readonly threshold: number;
  readonly column: ClassColumn;
  readonly positives: number;
}

function drawCurve({ name, threshold, column }: Chosen): string {
  const curve = thresholdCurve(column).map((point) => ({ x: point.threshold, y: point.f1 }));
  const at = { x: threshold, y: f1At(column, threshold), hint: threshold.toFixed(4) };
  const chart = pointChart({
    x: "threshold",
    y: "F1",
    frame: FRAME,
    name: `F1 of ${name} by threshold; ${threshold.toFixed(4)} is chosen`,
    series: [
      { name: "F1", style: "first", points: curve, line: "straight" },
      { name: `chosen: ${threshold.toFixed(4)}`, style: "second", points: [at] },
    ],
  });
  return element("div", {}, [element("h3", {}, [escapeText(name)]), chart]);
}

function thresholdsTable(chosen: readonly Chosen[]): DataTable {
  return {
    name: "thresholds",
    caption: "Threshold of each class, with its F1 on the images that it was chosen on",
    columns: [
      { name: "class" },
      { name: "index" },
      { name: "images" },
      { name: "threshold", digits: 4 },
      { name: "F1", digits: 4 },
      { name: "F1 at 0.5", digits: 4 },
    ],
    shown: chosen.filter(({ positives }) => positives > 0).length,
    rows: chosen.map(({ name, label, positives, threshold, column }) => [
      name,
      label,
      positives,
      threshold,
      f1At(column, threshold),
      f1At(column, 0.5),
    ]),
  };
}

/** Thresholds with the curve that they were chosen on; null where the most probable class is the answer. */
export function thresholdsPart(
  { name: model, predictions, answers }: Assessment,
  names: readonly string[],
): PagePart | null {
  const found = answers?.chosen ?? null;
  if (found === null) return null;
  const chosen = classTable(predictions).classes.map((column, label) => ({
    name: names[label]!,
    label,
    threshold: found.thresholds[label]!,
    column,
    positives: countPositives(column.labels),
  })).sort((a, b) => b.positives - a.positives || a.label - b.label);
  const table = thresholdsTable(chosen);
  const drawn = chosen.filter(({ positives }) => positives > 0).slice(0, DRAWN);
  const words =
    `${model}: thresholds by the rule ${found.rule}, chosen on all of these images, so that the F1 ` +
    "here is flattered; that of the table of classes is not.";
  return {
    id: "thresholds",
    title: "Thresholds",
    body: [
      paragraph(words),
      dataTable(table),
      element("div", { class: "charts" }, drawn.map(drawCurve)),
    ],
    tables: [table],
  };
}
