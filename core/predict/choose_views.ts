import { dataProblem } from "../base/problem.ts";
import { countViews, ORIENTATION_COUNTS, type ViewSettings } from "../data/views.ts";
import type { Experiment, NamedMetric } from "../experiment/experiment.ts";
import { type ImagePredictor, predictAll, type PredictedImages } from "./predict_images.ts";
import { openViewLoader } from "./requested_views.ts";

/** The score of a set of views. */
export interface ScoredViews extends ViewSettings {
  readonly score: number;
}

/** How views were chosen on the validation split. */
export interface ViewChoice {
  /** Name of the metric, `train.metric`. */
  readonly metric: string;
  /** Number of validation images. */
  readonly images: number;
  /** The sets that were tried, those of fewer views first. */
  readonly scores: readonly ScoredViews[];
  readonly best: ViewSettings;
}

/** What the sets of {@link ORIENTATION_COUNTS} show. */
const SHOWN: Readonly<Record<number, string>> = {
  1: "upright",
  2: "upright, mirrored",
  4: "four flips",
  8: "four flips, also transposed",
};

/** The sets within some views: each number of orientations, of the whole image and with its crops. */
function setsWithin(all: ViewSettings): ViewSettings[] {
  const whole = { ...all, zooms: [], corners: 0 };
  const parts = countViews(whole) === countViews(all) ? [whole] : [whole, all];
  const sets = parts.flatMap((part) => ORIENTATION_COUNTS.map((orientations) => ({ ...part, orientations })));
  return sets.filter(({ orientations }) => orientations <= all.orientations)
    .sort((a, b) => countViews(a) - countViews(b));
}

/**
 * The places of a set among all views: each part of the image comes in all orientations, each of them in the views that
 * the transform gives.
 *
 * @param own views that the transform gives
 */
function placesOf(set: ViewSettings, all: ViewSettings, own: number): number[] {
  const parts = countViews(set) / set.orientations, kept = set.orientations * own;
  return Array.from({ length: parts }, (_, part) => part * all.orientations * own).flatMap((start) =>
    Array.from({ length: kept }, (_, view) => start + view)
  );
}

/** The metric's score of predictions; null where their labels are unknown or the metric gives no number. */
export function scoreOf(
  metric: NamedMetric,
  { ids, labels }: PredictedImages,
  predictions: Float64Array,
): number | null {
  if (labels === null || ids.length === 0) return null;
  const score = metric.score({ rows: ids.length, predictions, targets: Float32Array.from(labels) });
  return Number.isFinite(score) ? score : null;
}

/** Whether a score is better than another by a metric. */
export function isBetter({ better }: NamedMetric, score: number, other: number): boolean {
  return better === "higher" ? score > other : score < other;
}

function describe({ orientations, zooms = [], corners = 0 }: ViewSettings): string {
  const crops = [...zooms.map((zoom) => `zoom ${zoom}`), ...corners > 0 ? [`corners ${corners}`] : []];
  return [SHOWN[orientations], ...crops].join(", ");
}

function report({ output }: Experiment, metric: NamedMetric, { images, scores, best }: ViewChoice): void {
  output.table(
    ["views", "shown", `${metric.title} of ${images} validation images`],
    scores.map((set) => [countViews(set), describe(set), set.score.toFixed(4)]),
  );
  output.line(`the best: ${describe(best)}`);
}

/** Scores every set of views on the validation split; all of them are merged from one prediction of all views. */
async function scoreSets(
  experiment: Experiment,
  predictor: ImagePredictor,
  all: ViewSettings,
): Promise<Omit<ViewChoice, "best">> {
  const metric = await experiment.metric();
  const loader = await openViewLoader(experiment, await experiment.examples("val"), all);
  try {
    const sets = setsWithin(all), own = loader.views / countViews(all);
    const predicted = await predictAll(predictor, loader, sets.map((set) => placesOf(set, all, own)));
    const scores = sets.flatMap((set, index) => {
      const score = scoreOf(metric, predicted, predicted.merged[index]!);
      return score === null ? [] : [{ ...set, score }];
    });
    return { metric: metric.name, images: predicted.ids.length, scores };
  } finally {
    loader.close();
  }
}

/**
 * Chooses the set of views that scores best by `train.metric` on the experiment's validation split; equal scores go to
 * fewer views. Prints the score of each.
 *
 * @param all the views of which is chosen
 * @throws a data problem when the labels of the validation split are unknown
 */
export async function chooseViews(
  experiment: Experiment,
  predictor: ImagePredictor,
  all: ViewSettings,
): Promise<ViewChoice> {
  const metric = await experiment.metric();
  const scored = await scoreSets(experiment, { ...predictor, stop: null }, all);
  const [first, ...others] = scored.scores;
  if (first === undefined) {
    throw dataProblem(
      `Cannot choose the views: the ${scored.images} images of the validation split have no ${metric.title}`,
      "Name the number of views with --num_tta",
    );
  }
  const { score: _score, ...best } = others.reduce(
    (best, set) => isBetter(metric, set.score, best.score) ? set : best,
    first,
  );
  const choice = { ...scored, best };
  report(experiment, metric, choice);
  return choice;
}
