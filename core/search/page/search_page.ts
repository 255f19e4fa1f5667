import { barChart, type ChartSeries, pointChart } from "../../report/charts.ts";
import { htmlPage, htmlTable, paragraph, section } from "../../report/page.ts";
import { signed } from "../../report/signed.ts";
import { element, escapeText } from "../../report/svg.ts";
import type { Verdict } from "../confirm_best.ts";
import { formatDuration } from "../../base/duration.ts";
import { operationImportance } from "./operation_importance.ts";
import { describePolicy } from "../policy/policy.ts";
import { rankCandidates } from "../random_search.ts";
import { deviation, mean } from "../statistics.ts";
import { isScored, type ScoredTrial, type Trial } from "../trial_store.ts";

/** An image before and after the winning policy, as data URLs. */
export interface PicturePair {
  readonly id: string;
  readonly before: string;
  readonly after: string;
  /** The applied operations. */
  readonly caption: string;
}

/** Content of the search page. */
export interface SearchReport {
  readonly title: string;
  /** Name of the trial score, such as macro F1. */
  readonly scoreName: string;
  /** Name of the score of the confirmation trainings. */
  readonly trainingScore: string;
  /** The baseline (no policy) and the candidates. */
  readonly trials: readonly Trial[];
  readonly keep: number;
  readonly verdict: Verdict | null;
  /** Lines below the title: cost, time. */
  readonly summary: readonly string[];
  readonly pictures: readonly PicturePair[];
}

interface Groups {
  readonly base: readonly ScoredTrial[];
  readonly kept: readonly ScoredTrial[];
  readonly others: readonly ScoredTrial[];
}

function group(report: SearchReport): Groups {
  const ranked = rankCandidates(report.trials);
  return {
    base: report.trials.filter(isScored).filter((trial) => trial.policy.length === 0),
    kept: ranked.slice(0, report.keep),
    others: ranked.slice(report.keep),
  };
}

function hintOf(trial: ScoredTrial): string {
  const name = trial.policy.length === 0 ? "no policy" : `trial ${Number(trial.id)}`;
  const measures = Object.entries(trial.measures).map(([key, value]) => `${key} ${value.toFixed(3)}`).join(
    ", ",
  );
  return [`${name}: ${trial.score.toFixed(4)}`, measures, ...describePolicy(trial.policy)]
    .filter((line) => line !== "").join("\n");
}

function seriesOf(groups: Groups, x: (trial: ScoredTrial) => number): ChartSeries[] {
  const points = (trials: readonly ScoredTrial[]) =>
    trials.map((trial) => ({ x: x(trial), y: trial.score, hint: hintOf(trial) }));
  return [
    { name: "tried", style: "first", points: points(groups.others) },
    { name: "kept", style: "second", points: points(groups.kept) },
    { name: "no policy", style: "third", points: points(groups.base) },
  ];
}

/** Best score so far after each candidate. */
function bestSoFar(trials: readonly ScoredTrial[]): ChartSeries {
  let best = -Infinity;
  const candidates = trials.filter((trial) => trial.policy.length > 0);
  const points = candidates.map((trial) => {
    best = Math.max(best, trial.score);
    return { x: Number(trial.id), y: best };
  });
  return { name: "best so far", style: "second", points, line: true };
}

function drawTrials(report: SearchReport, groups: Groups): string[] {
  const scored = report.trials.filter(isScored);
  const levels = groups.base.slice(0, 1).map((base) => ({ name: "no policy", y: base.score }));
  const overTime = [bestSoFar(scored), ...seriesOf(groups, (trial) => Number(trial.id))];
  const overCost = seriesOf(groups, (trial) => trial.seconds);
  return [
    section("Trials over time", [
      pointChart({ x: "trial", wholeX: true, y: report.scoreName, series: overTime, levels }),
    ]),
    section("Score against cost", [
      pointChart({ x: "seconds", y: report.scoreName, series: overCost, levels }),
    ]),
  ];
}

function drawImportance(report: SearchReport): string {
  const bars = operationImportance(rankCandidates(report.trials)).map((operation) => ({
    name: operation.name,
    value: operation.effect,
    error: operation.error,
    hint: `${operation.policies} of the policies run it`,
  }));
  const meaning =
    `Change of the ${report.scoreName} when an operation runs on a tenth more of the images, fitted ` +
    "over all policies; the whisker is one standard error. Effects within two of them are no evidence.";
  return section("Importance of each operation", [
    paragraph(meaning, "soft"),
    barChart("Importance of each operation", bars),
  ]);
}

/** A failed training's score is infinitely low where the metric has no worst value. */
function shown(score: number): string {
  return Number.isFinite(score) ? score.toFixed(4) : "failed";
}

/** Gain over no policy, paired by seed, so that seed effects common to both cancel. */
function pairedGain(scores: readonly number[], none: readonly number[]): string {
  const gains = scores.map((score, index) => score - none[index]!);
  return Number.isFinite(mean(gains)) ? `${signed(mean(gains))} ± ${deviation(gains).toFixed(4)}` : "";
}

/** Header and rows of the confirmation table, for the page and the terminal. */
export function confirmationTable(
  verdict: Verdict,
  scoreName: string,
): { header: string[]; rows: (string | number)[][] } {
  const none = verdict.confirmations[0]!;
  const rows = verdict.confirmations.map(({ contender, scores, mean, deviation }) => [
    contender.name,
    scores.length,
    Number.isFinite(mean) ? `${mean.toFixed(4)} ± ${deviation.toFixed(4)}` : shown(mean),
    contender.policy.length === 0 ? "" : pairedGain(scores, none.scores),
    scores.map(shown).join(" "),
  ]);
  return { header: ["policy", "seeds", `${scoreName} ± spread`, "gain ± spread", "each seed"], rows };
}

function drawVerdict(verdict: Verdict, scoreName: string): string {
  const { header, rows } = confirmationTable(verdict, scoreName);
  return section("Confirmed with fresh seeds", [paragraph(verdict.sentence), htmlTable(header, rows)]);
}

function drawPictures(pictures: readonly PicturePair[]): string {
  const cells = pictures.map(({ id, before, after, caption }) =>
    element("figure", {}, [
      element("div", {}, [
        `<img src="${before}" alt="${escapeText(id)} before">`,
        `<img src="${after}" alt="${escapeText(id)} after">`,
      ]),
      element("figcaption", {}, [escapeText(`${id}: ${caption}`)]),
    ])
  );
  return section("What the best policy does", [element("div", { class: "pictures" }, cells)]);
}

function listPolicies(groups: Groups): string {
  const rows = groups.kept.map((trial) => [
    Number(trial.id),
    trial.score.toFixed(4),
    formatDuration(trial.seconds),
    describePolicy(trial.policy).join(" · "),
  ]);
  return section("Policies kept", [htmlTable(["trial", "score", "time", "sub-policies"], rows)]);
}

/** Renders the search page as a self-contained HTML file. */
export function searchPage(report: SearchReport): string {
  const groups = group(report);
  return htmlPage(report.title, [
    element("h1", {}, [escapeText(report.title)]),
    ...report.summary.map((line) => paragraph(line, "soft")),
    ...(report.verdict ? [drawVerdict(report.verdict, report.trainingScore)] : []),
    ...drawTrials(report, groups),
    drawImportance(report),
    drawPictures(report.pictures),
    listPolicies(groups),
  ]);
}
