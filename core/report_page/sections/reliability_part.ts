import { type DataTable, dataTable } from "../../report/data_table.ts";
import { paragraph, sideBySide } from "../../report/page.ts";
import { reliabilityDiagram } from "../../report/reliability_diagram.ts";
import type { Assessment } from "../assess.ts";
import type { PagePart } from "../page_part.ts";
import type { Calibration } from "../statistics/calibration.ts";

function binsTable({ bins }: Calibration): DataTable {
  return {
    name: "reliability",
    caption: "Bins of probabilities",
    columns: [
      { name: "bin" },
      { name: "probabilities" },
      { name: "mean", digits: 4 },
      { name: "came true", digits: 4 },
    ],
    rows: bins.map(({ low, high, count, confidence, accuracy }) => [
      `${low.toFixed(3)} to ${high.toFixed(3)}`,
      count,
      confidence,
      accuracy,
    ]),
  };
}

/** Whether probabilities come true as often as they say. */
export function reliabilityPart({ name, calibration, answers }: Assessment): PagePart {
  const { bins, ece } = calibration!, table = binsTable(calibration!);
  const what = answers!.chosen === null
    ? "the probability of each image's most probable class"
    : "the probability of each class in each image";
  const words = `${name}: expected calibration error ${ece.toFixed(4)}, by ${what}. A bar is how often the ` +
    "probabilities of a bin came true, its dot lies at their mean; dots below the dashed line are too sure of themselves.";
  const diagram = reliabilityDiagram(`Reliability diagram of ${name}, error ${ece.toFixed(4)}`, bins, {
    x: "probability",
    y: "came true",
  });
  return {
    id: "reliability",
    title: "Reliability",
    body: [paragraph(words), sideBySide([diagram, dataTable(table)])],
    tables: [table],
  };
}
