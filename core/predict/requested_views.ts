import type { Example } from "../base/example.ts";
import type { Loader } from "../data/loader.ts";
import { countViews, countWithin, isViewable, type ViewSettings } from "../data/views.ts";
import type { Experiment } from "../experiment/experiment.ts";

/** Views that are asked for. */
export interface RequestedViews extends Partial<Omit<ViewSettings, "orientations">> {
  /**
   * 1, 2, 4 or 8 as in {@link ViewSettings}, or `auto` for the number that scores best on the validation split. When left
   * out, as many of the four flips as training showed.
   */
  readonly orientations?: number | "auto" | undefined;
}

/** All orientations, of which `auto` chooses. */
const ALL = 8;
/** The most that is taken without being asked for. */
const FLIPS = 4;

/** Orientations that training showed, as a number of {@link ViewSettings}; null where its transform does not say. */
async function shownCount(experiment: Experiment): Promise<number | null> {
  const { orientations } = await experiment.transform("train");
  return orientations === undefined ? null : countWithin(orientations);
}

/** The orientations taken when none are asked for. */
async function defaultCount(experiment: Experiment): Promise<number> {
  const shown = await shownCount(experiment);
  if (shown !== null) return Math.min(shown, FLIPS);
  experiment.output.line(
    `one view of each image: the transform "${experiment.config.transform.name}" does not say ` +
      "which orientations training showed; --num_tta=auto tries several",
  );
  return 1;
}

async function warnOfUnseen(experiment: Experiment, asked: number): Promise<void> {
  const shown = await shownCount(experiment);
  if (shown === null || asked <= shown) return;
  experiment.output.warn(
    `training showed ${shown} of the ${asked} orientations of --num_tta=${asked}: ` +
      "a model may take the others for other classes; leave --num_tta out, or let --num_tta=auto choose",
  );
}

/** The views of a request: of `auto` all that it chooses of. Warns of orientations that training never showed. */
export async function viewSettings(
  experiment: Experiment,
  { orientations, zooms = [], corners = 0 }: RequestedViews,
): Promise<ViewSettings> {
  if (typeof orientations === "number") {
    await warnOfUnseen(experiment, orientations);
    return { orientations, zooms, corners };
  }
  const viewable = isViewable(await experiment.transform("val"));
  if (!viewable && orientations === "auto") {
    const { name } = experiment.config.transform;
    experiment.output.line(`no views to choose: pictures of the transform "${name}" may not be turned`);
  }
  if (!viewable) return { orientations: 1, zooms, corners };
  return { orientations: orientations === "auto" ? ALL : await defaultCount(experiment), zooms, corners };
}

/** Loader of the views of images; divides the evaluation batch size by their number, to keep memory use constant. */
export function openViewLoader(
  experiment: Experiment,
  examples: readonly Example[],
  views: ViewSettings,
): Promise<Loader> {
  const batchSize = Math.max(1, Math.floor(experiment.config.eval.batch_size / countViews(views)));
  return experiment.loader({ examples, split: "val", views, batchSize, shuffle: false });
}
