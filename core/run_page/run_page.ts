import { formatDuration } from "../base/duration.ts";
import type { Json } from "../base/json.ts";
import { jsonLeaves, leafText } from "../formats/json_leaves.ts";
import type { LoggedEpoch, LoggedScores } from "../plugin/logger_contracts.ts";
import { type Curve, curveChart } from "../report/curve_chart.ts";
import { htmlPage, htmlTable, paragraph, section } from "../report/page.ts";
import { element, escapeText } from "../report/svg.ts";
import { type RunState, secondsLeft } from "./run_state.ts";

/** Epochs of the table, the latest first; history.jsonl has all. */
const ROWS = 20;
/** Keys of the config that tell one run from another, where they are there. */
const MAIN_KEYS = [
  "model.name",
  "data.dir",
  "data.name",
  "optimizer.name",
  "optimizer.params.lr",
  "scheduler.name",
  "loss.name",
  "train.batch_size",
  "train.early_stopping",
  "transform.name",
  "transform.params.size",
  "seed",
];

function utc(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function scoreOf(scores: LoggedScores, name: string): number {
  const value = scores[name];
  return typeof value === "number" ? value : NaN;
}

function shown(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : "–";
}

/** A rate that is no number is null in a history. */
function rateText(rate: number | null): string {
  return rate === null ? "–" : Number(rate.toPrecision(3)).toString();
}

function curvesOf(history: readonly LoggedEpoch[], name: string): Curve[] {
  const points = (part: "train" | "val") =>
    history.map((record) => ({ x: record.epoch, y: scoreOf(record[part], name) }));
  return [
    { name: "train", style: "first", dashed: true, points: points("train") },
    { name: "validation", style: "second", points: points("val") },
  ];
}

function drawCharts({ history, metric, best }: RunState): string {
  const rates = history.map(({ epoch, learning_rate }) => ({ x: epoch, y: learning_rate ?? NaN }));
  const charts: [string, string][] = [
    ["Loss", curveChart({ x: "epoch", y: "loss", curves: curvesOf(history, "loss") })],
    ...(metric === null ? [] : [[
      `Metric: ${metric.title}`,
      curveChart({
        x: "epoch",
        y: metric.title,
        curves: curvesOf(history, metric.name),
        mark: best && { name: "best epoch", x: best.epoch, y: best.score },
      }),
    ] as [string, string]]),
    [
      "Learning rate",
      curveChart({
        x: "epoch",
        y: "learning rate",
        curves: [{ name: "learning rate", style: "third", points: rates }],
      }),
    ],
  ];
  return element("div", { class: "charts" }, charts.map(([title, chart]) => section(title, [chart])));
}

const ENDS = {
  finished: "finished",
  interrupted: "interrupted; the same command goes on",
  failed: "failed",
} as const;

/** Where the training is, in a few words. */
function stateText({ end, history, epochs }: RunState): string {
  const done = history.length === 0 ? 0 : history.at(-1)!.epoch + 1;
  const of = epochs === null ? "" : ` of ${epochs}`;
  if (end !== null) return `${ENDS[end.status]} after ${done}${of} epochs`;
  return epochs === null ? `${done} epochs done` : `running, ${done} of ${epochs} epochs done`;
}

function summaryRows(state: RunState): [string, string][] {
  const { best, metric, history, end, time, dir, config } = state;
  const left = end === null ? secondsLeft(state) : null;
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  return [
    ["state", stateText(state)],
    ...(end?.reason === undefined ? [] : [["reason", end.reason] as [string, string]]),
    [
      "best epoch",
      best === null || metric === null ? "none yet" : `${best.epoch}: ${metric.title} ${shown(best.score)}`,
    ],
    ...(left === null ? [] : [["time left", `${formatDuration(left)} at most`] as [string, string]]),
    ["time of epochs", formatDuration(seconds)],
    ["folder", dir],
    ...(config === null ? [] : [["config", config] as [string, string]]),
    ["written", utc(time)],
  ];
}

/** A table of names and values, the names as headers of their rows. */
function pairs(rows: readonly (readonly [string, string])[]): string {
  return element(
    "table",
    {},
    rows.map(([name, value]) =>
      element("tr", {}, [
        element("th", { scope: "row" }, [escapeText(name)]),
        element("td", {}, [escapeText(value)]),
      ])
    ),
  );
}

/** A table that scrolls by itself where the screen is narrow, by the keyboard too. */
function wide(name: string, table: string): string {
  return element("div", { class: "wide", role: "region", tabindex: 0, "aria-label": name }, [table]);
}

function listEpochs({ history, metric }: RunState): string {
  const name = metric !== null && metric.name !== "loss" ? metric.name : null;
  const rows = history.slice(-ROWS).reverse().map((record) => [
    record.epoch,
    shown(scoreOf(record.train, "loss")),
    shown(scoreOf(record.val, "loss")),
    ...(name === null ? [] : [shown(scoreOf(record.val, name))]),
    rateText(record.learning_rate),
    formatDuration(record.seconds),
  ]);
  const header = [
    "epoch",
    "train loss",
    "validation loss",
    ...(name === null ? [] : [metric!.title]),
    "learning rate",
    "time",
  ];
  return rows.length === 0
    ? paragraph("No epoch is finished yet.")
    : wide("Last epochs", htmlTable(header, rows));
}

function listWarnings({ warnings }: RunState): string[] {
  if (warnings.length === 0) return [];
  const items = warnings.map(({ time, text }) => element("li", {}, [escapeText(`${utc(time)}: ${text}`)]));
  return [section("Last warnings", [element("ul", {}, items)])];
}

function listSettings(settings: Json): string[] {
  const leaves = jsonLeaves(settings).map(([path, leaf]) => [path, leafText(leaf)] as const);
  if (leaves.length <= 1) return [];
  const main = leaves.filter(([path]) => MAIN_KEYS.includes(path));
  return [section("Config", [
    pairs(main),
    element("details", {}, [element("summary", {}, ["All keys"]), wide("All keys", pairs(leaves))]),
  ])];
}

/** The page of a training: where it is, its curves, its last epochs and warnings, its config. One file, nothing fetched. */
export function runPage(state: RunState): string {
  const { best, metric, dir } = state;
  const score = best && metric ? `${metric.title} ${shown(best.score)} · ` : "";
  const main = element("main", { class: "run" }, [
    element("h1", {}, [escapeText(dir)]),
    pairs(summaryRows(state)),
    drawCharts(state),
    ...listWarnings(state),
    section("Last epochs", [listEpochs(state)]),
    ...listSettings(state.settings),
  ]);
  return htmlPage(`${stateText(state)} · ${score}${dir}`, [main]);
}
