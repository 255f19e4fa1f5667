import { openLayout } from "../layout/open_layout.ts";
import type { Layout } from "../plugin/contracts.ts";
import { loadPlugins } from "../plugin/registry.ts";
import { checkWritableFile } from "../base/check_writable.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { averagePredictions } from "./average_predictions.ts";
import { type GreedyWeights, greedyWeights } from "./greedy_weights.ts";
import { type Predictions, readPredictions } from "../predict/predictions.ts";
import { type ClassTable, classTable, type F1Report, reportF1 } from "./class_table.ts";
import {
  type Answers,
  applyLeaks,
  decideAll,
  decideClasses,
  type LeakReport,
  readLeaks,
  writeSubmissions,
} from "./submission.ts";
import type { SubmissionConfig } from "./submission_config.ts";
import { chooseThresholds, type ChosenThresholds } from "./thresholds/choose_thresholds.ts";

/** Result of {@link makeSubmission}: inputs, thresholds and scores on the labelled images. */
export interface SubmissionReport {
  /** Greedy ensemble weights, with `weights: greedy`. */
  readonly greedy: GreedyWeights | null;
  /** Threshold rule, thresholds and, with `auto`, the scores of all rules; null for single-label data. */
  readonly chosen: ChosenThresholds | null;
  readonly validation: F1Report;
  /** Accuracy; single-label data only. */
  readonly accuracy: number | null;
  readonly leaks: LeakReport;
  /** Number of test images with no class above its threshold. */
  readonly empty: number;
  /** Paths of the submission and of the one with known labels. */
  readonly paths: readonly string[];
}

async function readMembers(paths: readonly string[], classes: number): Promise<Predictions[]> {
  const members = [];
  for (const path of paths) members.push(await readPredictions(path, { classes }));
  return members;
}

/** Averaged test_val and test predictions, and the greedy weights. */
interface Ensemble {
  readonly validation: Predictions;
  readonly test: Predictions;
  readonly greedy: GreedyWeights | null;
}

async function readEnsemble(config: SubmissionConfig, classes: number): Promise<Ensemble> {
  const validation = await readMembers(config.test_val, classes);
  const test = await readMembers(config.test, classes);
  const greedy = config.weights === "greedy" ? greedyWeights(validation, config.threshold) : null;
  const given = Array.isArray(config.weights) ? config.weights : validation.map(() => 1);
  const weights = greedy?.weights ?? given;
  return {
    validation: averagePredictions(validation, weights),
    test: averagePredictions(test, weights),
    greedy,
  };
}

function labelledTable(predictions: Predictions): ClassTable {
  const { labels } = predictions;
  if (labels !== null) return classTable({ ...predictions, labels });
  throw dataProblem(
    `Cannot choose thresholds: "${predictions.path}" has no labels (columns L00, L01 ..)`,
    "List files made with --split=test_val under test_val",
  );
}

/** Sets the argmax class's probability to 1 and the others to 0, so that F1 at threshold 0.5 is that of the argmax. */
function argmaxTable(predictions: Predictions, table: ClassTable): ClassTable {
  const { classes, probabilities } = predictions;
  const options = { multiLabel: false, thresholds: [], empty: "nearest" } as const;
  const chosen = Array.from(
    { length: table.rows },
    (_, row) => decideClasses(probabilities.subarray(row * classes, (row + 1) * classes), options)[0]!,
  );
  const columns = table.classes.map(({ labels }, c) => ({
    labels,
    probabilities: Float64Array.from(chosen, (label) => label === c ? 1 : 0),
  }));
  return { rows: table.rows, classes: columns };
}

function shareRight(table: ClassTable): number {
  let right = 0;
  for (const { labels, probabilities } of table.classes) {
    for (let row = 0; row < table.rows; row++) right += labels[row]! * probabilities[row]!;
  }
  return right / table.rows;
}

interface Decision {
  readonly answers: Answers;
  readonly empty: number;
  readonly chosen: ChosenThresholds | null;
  readonly validation: F1Report;
  readonly accuracy: number | null;
}

function testColumns({ classes, probabilities }: Predictions): Float64Array[] {
  const rows = probabilities.length / classes;
  return Array.from(
    { length: classes },
    (_, c) => Float64Array.from({ length: rows }, (_, row) => probabilities[row * classes + c]!),
  );
}

function decide(
  parts: { config: SubmissionConfig; validation: Predictions; test: Predictions; testIds: readonly string[] },
  multiLabel: boolean,
): Decision {
  const { config, validation, test, testIds } = parts;
  const table = labelledTable(validation);
  if (!multiLabel) {
    const answered = argmaxTable(validation, table);
    const options = { multiLabel, thresholds: [], empty: "nearest" } as const;
    const report = reportF1(answered, new Float64Array(validation.classes).fill(0.5), { multiLabel });
    const answers = decideAll(test, testIds, options);
    return { answers, empty: 0, chosen: null, validation: report, accuracy: shareRight(answered) };
  }
  const chosen = chooseThresholds(table, { ...config.threshold, test: testColumns(test) });
  const { thresholds } = chosen;
  const strict = decideAll(test, testIds, { multiLabel, thresholds, empty: "blank" });
  const empty = [...strict.values()].filter((labels) => labels.length === 0).length;
  const answers = decideAll(test, testIds, { multiLabel, thresholds, empty: config.empty });
  return { answers, empty, chosen, validation: reportF1(table, thresholds), accuracy: null };
}

function checkTarget({ name, target }: Layout): void {
  if (target === "class_set" || target === "class") return;
  throw configProblem(
    `Cannot make a submission for the layout "${name}": its target is ${target}; submissions are made of classes`,
  );
}

/** Opens the layout of the submission config's data folder. */
export async function openSubmissionLayout({ data, plugins }: SubmissionConfig): Promise<Layout> {
  const registry = await loadPlugins(plugins, ["layouts"]);
  return await openLayout(registry, data.dir, { name: data.layout, params: data.layout_params });
}

/**
 * Averages predictions joined by Id, chooses thresholds on the labelled ones, predicts the classes of the test images
 * and writes two submissions: as predicted, and with known test labels filled in.
 *
 * Throws data problems that name file and Id: missing or repeated Ids, labels that disagree, Ids that are not those of
 * the sample submission.
 */
export async function makeSubmission(config: SubmissionConfig): Promise<SubmissionReport> {
  await checkWritableFile(config.output, "the submission");
  const layout = await openSubmissionLayout(config);
  checkTarget(layout);
  const classes = layout.classes.length;
  const { validation, test, greedy } = await readEnsemble(config, classes);
  const testIds = await layout.testIds();
  const leaks = await readLeaks(config.leaks, { classes, testIds });
  const decision = decide({ config, validation, test, testIds }, layout.target === "class_set");
  const { answers: filled, changed } = applyLeaks(decision.answers, leaks.known);
  const paths = await writeSubmissions(config.output, layout, { predicted: decision.answers, filled });
  const { chosen, accuracy, empty } = decision;
  const report = { known: leaks.known.size, changed, conflicting: leaks.conflicting };
  return { greedy, chosen, validation: decision.validation, accuracy, empty, leaks: report, paths };
}
