import type { Layout } from "../plugin/contracts.ts";
import { bestConstantScore } from "../submit/decide/constant_answer.ts";
import { assess, type Assessment, type AssessmentOptions, type ReportedRows } from "./assess.ts";
import { joinPredictions, type LabelledPredictions } from "./join_predictions.ts";
import type { ReportedSplit, Run } from "./read_runs.ts";
import { groupIds } from "./row_groups.ts";
import { resamples } from "./statistics/bootstrap.ts";

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

/** Finds the groups and resamples of rows, once for all models of the same rows. */
class RowsOfModels {
  readonly #known: ReportedRows[] = [];

  constructor(readonly layout: Layout, readonly seed: number) {}

  async of(ids: readonly string[]): Promise<ReportedRows> {
    const known = this.#known.find((rows) => areEqual(rows.ids, ids));
    if (known) return known;
    const { groups, count: groupCount } = await groupIds(this.layout, ids);
    const rows = { ids, groups, groupCount, times: resamples(groups, { seed: this.seed }) };
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
  const rows = new RowsOfModels(layout, options.seed);
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
  const { labels, ids } = (together ?? models[0]!).predictions;
  const scored = { rows: ids.length, predictions: new Float64Array(), targets: Float32Array.from(labels) };
  return { split, models, together, constant: bestConstantScore(options.metric, scored, options.target) };
}
