import { join } from "@std/path";
import { checkWritable } from "../base/check_writable.ts";
import { writeFileAtomic } from "../base/files.ts";
import { configProblem, dataProblem, Problem } from "../base/problem.ts";
import { readChoice } from "../config/plugin_choice.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { writeCsv } from "../formats/csv.ts";
import type { Layout } from "../plugin/contracts.ts";
import { csvOf, type DataTable } from "../report/data_table.ts";
import { predictionPath } from "../predict/prediction_path.ts";
import { isMacroF1, openMetric, type SubmissionMetric } from "../submit/decide/metric.ts";
import { answersClasses } from "./assess.ts";
import type { Assessment } from "./assess.ts";
import { assessSplit, closeUp, type SplitAssessment } from "./assess_split.ts";
import { type HeatMaps, openHeatMaps } from "../explain/open_heat_maps.ts";
import type { PagePart } from "./page_part.ts";
import { readRuns, REPORTED_SPLITS, type Run } from "./read_runs.ts";
import { type LabelFacts, readLabelFacts, readPreparedFacts } from "./report_facts.ts";
import { type Glance, reportPage } from "./report_page.ts";
import { classesPart } from "./sections/classes_part.ts";
import { confusionPart } from "./sections/confusion_part.ts";
import { type CurvedRun, curvesPart } from "./sections/curves_part.ts";
import { dataPart } from "./sections/data_part.ts";
import { type MistakeOptions, mistakesPart } from "./sections/mistakes_part.ts";
import { reliabilityPart } from "./sections/reliability_part.ts";
import { scoresPart } from "./sections/scores_part.ts";
import { thresholdsPart } from "./sections/thresholds_part.ts";
import { valuesPart } from "./sections/values_part.ts";

/** Options of {@link reportCompetition}. */
export interface ReportRequest {
  /** Output folder; `results/report` when left out. */
  readonly folder?: string;
  /** Whether the worst mistakes are shown with heat maps of where the first config's model looked. */
  readonly heatMaps?: boolean;
}

/** Score of a model on a split, as the report tells it. */
export interface ReportedScore {
  readonly model: string;
  readonly split: string;
  readonly images: number;
  readonly score: number;
  /** 90 % bootstrap interval. */
  readonly interval: readonly [low: number, high: number];
}

/** Result of {@link reportCompetition}: files written and scores. */
export interface CompetitionReport {
  readonly page: string;
  /** The CSV files of the page's tables. */
  readonly tables: readonly string[];
  /** Title of the metric. */
  readonly metric: string;
  readonly scores: readonly ReportedScore[];
}

/** Throws a config problem where configs are of different data. */
async function checkSameData(experiments: readonly Experiment[]): Promise<void> {
  const [first, ...others] = experiments;
  const { classes, target, dir } = await first!.layout();
  for (const other of others) {
    const layout = await other.layout();
    const same = layout.classes.join("\n") === classes.join("\n") && layout.target === target &&
      layout.dir === dir;
    if (same) continue;
    throw configProblem(
      `Cannot report on "${first!.path}" and "${other.path}" together: their data are "${dir}" and ` +
        `"${layout.dir}", with ${classes.length} and ${layout.classes.length} classes`,
      "Name configs of one competition",
    );
  }
}

/** The metric of the first config; of macro F1 that over the classes that occur, as absent ones only scale it. */
function reportedMetric({ registry, config }: Experiment, layout: Layout): SubmissionMetric {
  const choice = readChoice(config.train.metric);
  if (!isMacroF1(choice)) return openMetric(registry, choice, layout);
  return openMetric(registry, { name: "macro_f1_occurring", params: {} }, layout);
}

async function assessSplits(
  runs: readonly Run[],
  { metric, layout, seed }: {
    readonly metric: SubmissionMetric;
    readonly layout: Layout;
    readonly seed: number;
  },
): Promise<SplitAssessment[]> {
  const splits: SplitAssessment[] = [];
  for (const split of REPORTED_SPLITS) {
    const found = await assessSplit(split, runs, { metric, target: layout.target, seed, layout });
    if (found !== null) splits.push(found);
  }
  return splits;
}

/** Throws a data problem where there is nothing to report on. */
function checkPredictions(runs: readonly Run[], splits: readonly SplitAssessment[]): void {
  if (splits.length > 0) return;
  const { config: { train }, path } = runs[0]!.experiment;
  throw dataProblem(
    `Cannot report: no config has predictions of labelled images, such as "${
      predictionPath(train.dir, "test_val")
    }"`,
    `Run "deno task inference ${path} --split=test_val", and --split=val`,
  );
}

/** The split that is looked at closely: that with the most images; of equals test_val, which chose no epoch. */
function closest(splits: readonly SplitAssessment[]): SplitAssessment {
  return splits.reduce((a, b) => (closeUp(b).rows.ids.length > closeUp(a).rows.ids.length ? b : a));
}

async function curvedRuns(runs: readonly Run[]): Promise<CurvedRun[]> {
  return await Promise.all(runs.map(async (run) => ({ run, metric: await run.experiment.metric() })));
}

function glancesOf(
  split: SplitAssessment,
  { metric, facts, runs }: {
    readonly metric: SubmissionMetric;
    readonly facts: LabelFacts;
    readonly runs: readonly Run[];
  },
): Glance[] {
  const { score, interval, name, calibration, rows } = closeUp(split);
  const range = interval.map((end) => end.toFixed(4)).join(" to ");
  return [
    { name: `${metric.title}, ${name}`, value: score.toFixed(4), beside: `90 % interval ${range}` },
    ...(split.constant === null ? [] : [{
      name: "best constant answer",
      value: split.constant.toFixed(4),
      beside: "what a score must beat",
    }]),
    {
      name: "images scored",
      value: String(rows.ids.length),
      beside: `${split.split}, ${rows.groupCount} groups`,
    },
    ...(calibration === null
      ? []
      : [{ name: "calibration error", value: calibration.ece.toFixed(4), beside: "0 is perfect" }]),
    {
      name: "labelled images",
      value: String(facts.train + facts.external),
      beside: `${facts.test} to predict`,
    },
    { name: "models", value: String(runs.length), beside: runs.map((run) => run.name).join(", ") },
  ];
}

/** Sections on what is answered. */
function answerParts(split: SplitAssessment, { classes, target }: Layout): PagePart[] {
  const model = closeUp(split);
  if (!answersClasses(target)) return [valuesPart(model, classes)];
  const thresholds = thresholdsPart(model, classes);
  return [
    classesPart(model, classes),
    confusionPart(model, classes),
    reliabilityPart(model),
    ...(thresholds ? [thresholds] : []),
  ];
}

async function writeTables(folder: string, tables: readonly DataTable[]): Promise<string[]> {
  const paths: string[] = [];
  for (const table of tables) {
    const path = join(folder, `${table.name}.csv`), { header, rows } = csvOf(table);
    await writeCsv(path, header, rows);
    paths.push(path);
  }
  return paths;
}

function scoresOf({ split, models, together }: SplitAssessment): ReportedScore[] {
  return [...(together ? [together] : []), ...models].map(({ name, rows, score, interval }) => ({
    model: name,
    split,
    images: rows.ids.length,
    score,
    interval,
  }));
}

/** The first config's model for heat maps; null, with a warning, where it cannot be used, such as without a checkpoint. */
async function openMaps(experiment: Experiment): Promise<HeatMaps | null> {
  try {
    return await openHeatMaps(experiment);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    experiment.output.warn(`no heat maps: ${error.message}`);
    return null;
  }
}

/** The worst mistakes, with heat maps where they are asked for. */
async function mistakesPartOf(
  model: Assessment,
  options: MistakeOptions,
  heatMaps: boolean,
): Promise<PagePart> {
  const maps = heatMaps ? await openMaps(options.experiment) : null;
  if (maps === null) return await mistakesPart(model, options);
  try {
    return await mistakesPart(model, { ...options, heatMapOf: (example, label) => maps.of(example, label) });
  } finally {
    maps.dispose();
  }
}

/**
 * Writes a competition at a glance, one HTML file without anything to fetch, with a CSV file for each of its tables: data,
 * trainings, scores with intervals, classes, errors, calibration, thresholds, the worst mistakes. It reads what the other
 * tasks wrote: reports in the data folder, histories of the runs, and predictions of val and test_val by their default
 * names. The same files give the same bytes.
 *
 * @throws a config problem where the configs are of different data; a data problem where there are no predictions of
 * labelled images, or where two files give other labels to an Id
 */
export async function reportCompetition(
  experiments: readonly Experiment[],
  { folder = join("results", "report"), heatMaps = false }: ReportRequest = {},
): Promise<CompetitionReport> {
  await checkWritable(folder, "the report folder");
  await checkSameData(experiments);
  const experiment = experiments[0]!, layout = await experiment.layout();
  const metric = reportedMetric(experiment, layout), runs = await readRuns(experiments);
  const splits = await assessSplits(runs, { metric, layout, seed: experiment.config.seed });
  checkPredictions(runs, splits);
  const split = closest(splits), labels = await layout.readLabels(), facts = await readLabelFacts(layout);
  const curves = curvesPart(await curvedRuns(runs));
  const parts = [
    scoresPart(splits, metric),
    ...answerParts(split, layout),
    await mistakesPartOf(closeUp(split), { layout, experiment, labels }, heatMaps),
    ...(curves ? [curves] : []),
    dataPart(facts, await readPreparedFacts(layout), layout),
  ];
  const about = `${closeUp(split).name} on ${
    closeUp(split).rows.ids.length
  } labelled images of ${split.split}`;
  const page = join(folder, "report.html"), glances = glancesOf(split, { metric, facts, runs });
  await writeFileAtomic(page, reportPage({ title: `Report on ${layout.dir}`, about, glances, parts }));
  const tables = await writeTables(folder, parts.flatMap((part) => part.tables));
  return { page, tables, metric: metric.title, scores: splits.flatMap(scoresOf) };
}
