import { pointChart } from "../../report/charts.ts";
import { type DataTable, dataTable } from "../../report/data_table.ts";
import { SMALL } from "../../report/frame.ts";
import { element, escapeText } from "../../report/svg.ts";
import type { EpochRecord } from "../../train/types.ts";
import type { PagePart } from "../page_part.ts";
import type { Run } from "../read_runs.ts";

/** The metric that chose the best epoch. */
export interface CurveMetric {
  readonly name: string;
  readonly title: string;
  readonly better: "higher" | "lower";
}

/** A run with the metric of its config. */
export interface CurvedRun {
  readonly run: Run;
  readonly metric: CurveMetric;
}

function scoreOf({ val }: EpochRecord, { name }: CurveMetric): number {
  const score = val[name];
  return typeof score === "number" ? score : NaN;
}

/** The epoch whose checkpoint is the best: the first with the best score; null when none has a score. */
export function bestEpoch(history: readonly EpochRecord[], metric: CurveMetric): EpochRecord | null {
  const sign = metric.better === "higher" ? 1 : -1;
  return history.reduce<EpochRecord | null>((best, record) => {
    const score = sign * scoreOf(record, metric);
    if (Number.isNaN(score)) return best;
    return best === null || score > sign * scoreOf(best, metric) ? record : best;
  }, null);
}

function line(
  history: readonly EpochRecord[],
  { name, style, value }: {
    readonly name: string;
    readonly style: string;
    value(record: EpochRecord): number | null;
  },
) {
  const points = history.map((record) => ({ x: record.epoch, y: value(record) ?? NaN }))
    .filter(({ y }) => Number.isFinite(y));
  return { name, style, points, line: "straight" as const };
}

/** The power of ten below the highest rate, so that an axis needs few digits. */
function rateUnit(history: readonly EpochRecord[]): number {
  const highest = Math.max(...history.map((record) => record.learning_rate));
  return highest > 0 ? 10 ** Math.floor(Math.log10(highest)) : 1;
}

function drawRun({ run: { name, history }, metric }: CurvedRun): string {
  const best = bestEpoch(history, metric);
  const mark = best === null ? [] : [{
    name: `best epoch ${best.epoch}`,
    style: "second",
    points: [{ x: best.epoch, y: scoreOf(best, metric), hint: scoreOf(best, metric).toFixed(4) }],
  }];
  const chart = (y: string, series: Parameters<typeof pointChart>[0]["series"]) =>
    pointChart({ x: "epoch", wholeX: true, y, series, frame: SMALL, name: `${y} of ${name} by epoch` });
  const scores = line(history, {
    name: "validation",
    style: "first",
    value: (record) => scoreOf(record, metric),
  });
  const losses = [
    line(history, { name: "train", style: "third", value: ({ train }) => train.loss }),
    line(history, { name: "validation", style: "first", value: ({ val }) => val.loss }),
  ];
  const unit = rateUnit(history), rateName = `learning rate / ${unit.toExponential(0)}`;
  const rates = line(history, {
    name: "learning rate",
    style: "fourth",
    value: ({ learning_rate: rate }) => rate / unit,
  });
  return element("div", {}, [
    element("h3", {}, [escapeText(name)]),
    element("div", { class: "charts" }, [
      chart(metric.title, [scores, ...mark]),
      chart("loss", losses),
      chart(rateName, [rates]),
    ]),
  ]);
}

function runTable(runs: readonly CurvedRun[]): DataTable {
  const rows = runs.map(({ run: { name, history }, metric }) => {
    const best = bestEpoch(history, metric), last = history.at(-1)!;
    return [
      name,
      history.length,
      best?.epoch ?? null,
      best && scoreOf(best, metric),
      scoreOf(last, metric),
      last.images.train,
      last.images.val,
      history.reduce((sum, { seconds }) => sum + seconds, 0) / 60,
    ];
  });
  const columns = [
    { name: "run" },
    { name: "epochs" },
    { name: "best epoch" },
    { name: "score of the best", digits: 4 },
    { name: "of the last", digits: 4 },
    { name: "train images" },
    { name: "val images" },
    { name: "minutes", digits: 1 },
  ];
  return { name: "runs", caption: "Trainings", columns, rows };
}

/** The curves of every run with learning rate and best epoch; null where none has trained. */
export function curvesPart(runs: readonly CurvedRun[]): PagePart | null {
  const trained = runs.filter(({ run }) => run.history.length > 0);
  if (trained.length === 0) return null;
  const table = runTable(trained);
  return {
    id: "training",
    title: "Training",
    body: [dataTable(table), ...trained.map(drawRun)],
    tables: [table],
  };
}
