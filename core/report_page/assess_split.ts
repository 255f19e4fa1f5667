import type { Layout } from "../plugin/contracts.ts";
import { bestConstantScore } from "../submit/decide/constant_answer.ts";
import { classTable, reportF1 } from "../submit/class_table.ts";
import { isMacroF1 } from "../submit/decide/metric.ts";
import {
  assess,
  type Assessment,
  type AssessmentOptions,
  type ReportedRows,
  type ScoredResamples,
} from "./assess.ts";
import { joinPredictions, type LabelledPredictions } from "./join_predictions.ts";
import type { ReportedSplit, Run } from "./read_runs.ts";
import { groupIds } from "../split/row_groups.ts";
import { countGroups, resamples, type Times } from "./statistics/bootstrap.ts";

/** Decisions scored over all resamples of a model, by a metric that has to see each resample whole. */
const MOST_DECISIONS = 3e7;
/** Resamples where whole ones would take too long. */
const SMALLER_RESAMPLES = 200;

/** All models on one split. */
export interface SplitAssessment {
  readonly split: ReportedSplit;
  /** One a config that has predictions of the split. */
  readonly models: readonly Assessment[];
  /** All of them together: their ensemble, or their folds joined; null where there is one. */
  readonly together: Assessment | null;
  /** Score of the best constant answer on all rows; null where it has none. */
  readonly constant: number | null;
}

/** What the report looks at closely: all models together, or the only one. */
export function closeUp({ models, together }: SplitAssessment): Assessment {
  return together ?? models[0]!;
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, row) => id === b[row]);
}

/**
 * What a metric is scored on: all resamples, or, where that would take long, fewer of fewer groups.
 *
 * Source: Bickel, Götze and van Zwet, "Resampling fewer than n observations", 1997.
 */
function scoredResamples(
  times: readonly Times[],
  groups: Int32Array,
  { metric, seed, classes }: Pick<AssessmentOptions, "metric" | "seed"> & { readonly classes: number },
): ScoredResamples {
  const cells = groups.length * classes, whole = countGroups(groups);
  if (isMacroF1(metric) || times.length * cells <= MOST_DECISIONS) return { times, shrink: 1 };
  const draws = Math.max(1, Math.min(whole, Math.floor(whole * MOST_DECISIONS / SMALLER_RESAMPLES / cells)));
  return {
    times: resamples(groups, { seed, count: SMALLER_RESAMPLES, draws }),
    shrink: Math.sqrt(draws / whole),
  };
}

/** The score of the best constant answer; that of macro F1 is known without trying. */
function constantScore(
  { labels, ids, classes }: LabelledPredictions,
  { metric, target }: AssessmentOptions,
): number | null {
  const predictions = new Float64Array(labels.length);
  if (isMacroF1(metric)) {
    const table = classTable({ classes, labels, probabilities: predictions });
    return reportF1(table, predictions, { multiLabel: target === "class_set" }).chance;
  }
  return bestConstantScore(
    metric,
    { rows: ids.length, predictions, targets: Float32Array.from(labels) },
    target,
  );
}

/** Finds the groups and resamples of rows, once for all models of the same rows. */
class RowsOfModels {
  readonly #known: ReportedRows[] = [];

  constructor(readonly layout: Layout, readonly options: AssessmentOptions) {}

  async of(ids: readonly string[]): Promise<ReportedRows> {
    const known = this.#known.find((rows) => areEqual(rows.ids, ids));
    if (known) return known;
    const { groups, count: groupCount } = await groupIds(this.layout, ids);
    const times = resamples(groups, this.options);
    const classes = this.layout.classes.length;
    const scored = scoredResamples(times, groups, { ...this.options, classes });
    const rows = { ids, groups, groupCount, times, scored };
    this.#known.push(rows);
    return rows;
  }
}

/** The name of what all models predict together: an ensemble where they share rows, else folds that were joined. */
function togetherName(models: readonly Assessment[], all: LabelledPredictions): string {
  const rows = models.reduce((sum, { rows: { ids } }) => sum + ids.length, 0);
  return rows > all.ids.length ? "ensemble mean" : "all folds joined";
}

/** Assesses the models that have predictions of a split, alone and together; null where none has. */
export async function assessSplit(
  split: ReportedSplit,
  runs: readonly Run[],
  { layout, ...options }: AssessmentOptions & { readonly layout: Layout },
): Promise<SplitAssessment | null> {
  const rows = new RowsOfModels(layout, options);
  const named = runs.flatMap(({ name, predictions }) => {
    const own = predictions[split];
    return own ? [{ name, predictions: joinPredictions([own]) }] : [];
  });
  if (named.length === 0) return null;
  const models: Assessment[] = [];
  for (const model of named) {
    models.push(assess({ ...model, rows: await rows.of(model.predictions.ids) }, options));
  }
  const all = models.length > 1 ? joinPredictions(named.map(({ predictions }) => predictions)) : null;
  const together = all &&
    assess({ name: togetherName(models, all), predictions: all, rows: await rows.of(all.ids) }, options);
  const constant = constantScore((together ?? models[0]!).predictions, options);
  return { split, models, together, constant };
}
