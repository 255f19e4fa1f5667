import { type Cell, type DataTable, dataTable } from "../../report/data_table.ts";
import { countInBins, histogram } from "../../report/histogram.ts";
import { paragraph } from "../../report/page.ts";
import { scatter } from "../../report/scatter.ts";
import { element, escapeText } from "../../report/svg.ts";
import type { Assessment } from "../assess.ts";
import type { PagePart } from "../page_part.ts";
import { intervalOf } from "../statistics/bootstrap.ts";
import { type ValueColumn, valueColumn, valueErrors } from "../statistics/value_errors.ts";

/** Points of a diagram, evenly spaced over the rows, and bins of a histogram. */
const POINTS = 1500, BINS = 31;
/** Quantities that are drawn; the table has all. */
const DRAWN = 12;
const MEASURES = ["rmse", "mae", "bias", "r2"] as const;
const TITLES = { rmse: "RMSE", mae: "MAE", bias: "bias", r2: "R²" } as const;

interface Quantity {
  readonly name: string;
  readonly column: ValueColumn;
}

function errorRow({ name, column }: Quantity, { rows: { times } }: Assessment): Cell[] {
  const errors = valueErrors(column), drawn = times.map((resample) => valueErrors(column, resample));
  const cells = MEASURES.flatMap((measure) => [
    errors[measure],
    intervalOf(drawn.map((resampled) => resampled[measure])),
  ]);
  return [name, ...cells];
}

function errorsTable(quantities: readonly Quantity[], model: Assessment): DataTable {
  const measured = MEASURES.flatMap((measure) => [
    { name: TITLES[measure], digits: 4 },
    { name: `${TITLES[measure]} 90 %`, digits: 4 },
  ]);
  return {
    name: "values",
    caption: "Errors of each quantity",
    columns: [{ name: "quantity" }, ...measured],
    rows: quantities.map((quantity) => errorRow(quantity, model)),
  };
}

function drawQuantity({ name, column: { truth, predicted } }: Quantity): string {
  const step = Math.max(1, Math.ceil(truth.length / POINTS));
  const rows = [...truth.keys()].filter((row) => row % step === 0);
  const errors = truth.map((value, row) => predicted[row]! - value);
  return element("div", {}, [
    element("h3", {}, [escapeText(name)]),
    element("div", { class: "charts" }, [
      scatter({
        name: `Predicted ${name} against the true one`,
        x: "true",
        y: "predicted",
        points: rows.map((row) => ({ x: truth[row]!, y: predicted[row]! })),
      }),
      histogram({ name: `Errors of ${name}`, x: "predicted minus true", ...countInBins(errors, BINS) }),
    ]),
  ]);
}

/** Predicted numbers against the true ones. */
export function valuesPart(model: Assessment, names: readonly string[]): PagePart {
  const quantities = names.map((name, at) => ({ name, column: valueColumn(model.predictions, at) }));
  const table = errorsTable(quantities, model);
  return {
    id: "values",
    title: "Predicted against true",
    body: [
      paragraph(`${model.name}. The bias is the mean of predicted minus true.`),
      dataTable(table),
      ...quantities.slice(0, DRAWN).map(drawQuantity),
    ],
    tables: [table],
  };
}
