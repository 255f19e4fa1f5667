import type { SubmissionMetric } from "../../submit/decide/metric.ts";
import { type Cell, type DataTable, dataTable } from "../../report/data_table.ts";
import { intervalChart } from "../../report/interval_chart.ts";
import { paragraph, sideBySide } from "../../report/page.ts";
import type { Assessment } from "../assess.ts";
import type { SplitAssessment } from "../assess_split.ts";
import type { PagePart } from "../page_part.ts";
import { intervalOf } from "../statistics/bootstrap.ts";

function all({ models, together }: SplitAssessment): Assessment[] {
  return together ? [together, ...models] : [...models];
}

function scoreRow(split: string, { name, rows, score, interval, calibration }: Assessment): Cell[] {
  return [name, split, rows.ids.length, rows.groupCount, score, interval, calibration?.ece ?? null];
}

function scoresTable(splits: readonly SplitAssessment[], { title }: SubmissionMetric): DataTable {
  const columns = [
    { name: "model" },
    { name: "split" },
    { name: "images" },
    { name: "groups" },
    { name: title, digits: 4 },
    { name: "90 % interval", digits: 4 },
    { name: "calibration error", digits: 4 },
  ];
  const rows = splits.flatMap((split) => [
    ...all(split).map((model) => scoreRow(split.split, model)),
    ...(split.constant === null
      ? []
      : [["best constant answer", split.split, null, null, split.constant, null, null]]),
  ]);
  const shown = rows.some((row) => row[6] !== null) ? columns : columns.slice(0, 6);
  return {
    name: "scores",
    caption: `${title} of each model`,
    columns: shown,
    rows: rows.map((row) => row.slice(0, shown.length)),
  };
}

function scoresChart(split: SplitAssessment, { title }: SubmissionMetric): string {
  const bars = all(split).map(({ name, score, interval }) => ({
    name,
    value: score,
    interval,
    hint: `${name}: ${score.toFixed(4)}, 90 % interval ${interval[0].toFixed(4)} to ${
      interval[1].toFixed(4)
    }`,
  }));
  return intervalChart({ name: `${title} on ${split.split}`, x: `${title} on ${split.split}`, bars });
}

/** Models that predicted the same rows are compared with the best of the single ones, resample by resample. */
function comparisons(split: SplitAssessment, { better }: SubmissionMetric): Cell[][] {
  const sign = better === "higher" ? 1 : -1;
  const best = split.models.reduce((a, b) => (sign * b.score > sign * a.score ? b : a));
  const others = all(split).filter((model) => model !== best && model.rows === best.rows);
  return others.map((model) => {
    const gains = model.samples.map((score, draw) => score - best.samples[draw]!);
    const won = gains.filter((gain) => sign * gain > 0).length / gains.length;
    return [model.name, best.name, split.split, model.score - best.score, intervalOf(gains), won];
  });
}

function comparisonTable(splits: readonly SplitAssessment[], metric: SubmissionMetric): DataTable {
  const columns = [
    { name: "model" },
    { name: "against" },
    { name: "split" },
    { name: "difference", digits: 4 },
    { name: "90 % interval", digits: 4 },
    { name: "better in resamples", digits: 3 },
  ];
  return {
    name: "comparison",
    caption: "Each model against the best single one, by paired bootstrap",
    columns,
    rows: splits.flatMap((split) => comparisons(split, metric)),
  };
}

function words(splits: readonly SplitAssessment[], { title }: SubmissionMetric): string {
  const counts = [...new Set(splits.flatMap((split) => all(split).map(({ samples }) => samples.length)))];
  return `Intervals hold 90 % of the ${title} of ${counts.sort((a, b) => a - b).join(" and ")} bootstrap ` +
    "resamples, in which groups of duplicates are drawn whole.";
}

/** The score of each model with its interval, and how models compare. */
export function scoresPart(splits: readonly SplitAssessment[], metric: SubmissionMetric): PagePart {
  const scores = scoresTable(splits, metric), compared = comparisonTable(splits, metric);
  const tables = compared.rows.length > 0 ? [scores, compared] : [scores];
  return {
    id: "scores",
    title: "Scores",
    body: [
      paragraph(words(splits, metric)),
      sideBySide([...tables.map(dataTable), ...splits.map((split) => scoresChart(split, metric))]),
    ],
    tables,
  };
}
