import type { Example } from "../base/example.ts";
import { configProblem } from "../base/problem.ts";
import { targetRows } from "../data/target_rows.ts";
import type { Experiment, NamedMetric } from "./experiment.ts";

/** A metric with the config key that names it. */
export interface ConfiguredMetric {
  readonly metric: NamedMetric;
  readonly where: string;
}

/**
 * Throws a config problem when a metric is undefined for the labels of the validation split, such as AUC when all are
 * alike: known before training by scoring the labels as their own prediction.
 */
export async function checkMetric(
  experiment: Experiment,
  validation: readonly Example[],
  { metric, where }: ConfiguredMetric,
): Promise<void> {
  const { classes: { length: classes }, target } = await experiment.layout();
  const labels = targetRows(validation, { classes, target });
  if (labels === null) return;
  const targets = Float32Array.from(labels), predictions = Float64Array.from(labels);
  if (!Number.isNaN(metric.score({ rows: validation.length, predictions, targets }))) return;
  throw configProblem(
    `Cannot use ${where} "${metric.name}": its ${metric.title} is undefined for the ${validation.length} images ` +
      "of the validation split, whatever is predicted, because their labels are too much alike",
    `Choose a validation split in which more labels occur (deno task stratified_split), or another metric in ${where}`,
  );
}
