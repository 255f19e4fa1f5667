import { basename } from "@std/path";
import type { Loader } from "../data/loader.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { Model } from "../plugin/contracts.ts";
import { bestCheckpoint, type EpochCheckpoint, type RunFolder } from "../run_folder/run_folder.ts";
import { evaluateModel } from "../train/evaluate.ts";
import { greedySoup } from "./greedy_soup.ts";

/** How a greedy soup was chosen, as the metadata of its file tell it. */
export interface SoupRecord {
  /** Name of the metric. */
  readonly metric: string;
  /** Validation score of the soup. */
  readonly score: number;
  /** The checkpoints in the order in which they were tried, with their scores alone and with those kept before. */
  readonly tried: readonly {
    readonly checkpoint: string;
    readonly alone: number;
    readonly together: number;
    readonly kept: boolean;
  }[];
}

/** What a soup is cooked with. */
export interface SoupParts {
  /** The checkpoint folder's last checkpoints, oldest first. */
  readonly chosen: readonly EpochCheckpoint[];
  readonly folder: RunFolder;
  readonly model: Model;
  /** The validation split. */
  readonly validation: Loader;
  /** Gives the model the average of checkpoints. */
  readonly setAverage: (checkpoints: readonly EpochCheckpoint[]) => Promise<void>;
}

/** The chosen checkpoints, and that of the best epoch so far where it is no longer among them. */
async function candidates({ chosen, folder }: SoupParts): Promise<readonly EpochCheckpoint[]> {
  const best = await bestCheckpoint(folder);
  const missing = best !== null && best.epoch < chosen.at(-1)!.epoch &&
    chosen.every(({ epoch }) => epoch !== best.epoch);
  return missing ? [best, ...chosen] : chosen;
}

/** Chooses the checkpoints of a greedy soup by `train.metric` on the validation split; prints what came of each. */
export async function chooseSoup(
  experiment: Experiment,
  parts: SoupParts,
): Promise<{ readonly kept: readonly EpochCheckpoint[]; readonly record: SoupRecord }> {
  const { output } = experiment, { model, validation, setAverage } = parts;
  const metric = await experiment.metric(), loss = await experiment.loss();
  const { classes: { length: classes } } = await experiment.layout();
  const { kept, score, tried } = await greedySoup(await candidates(parts), {
    better: metric.better,
    async scoreOf(checkpoints) {
      await setAverage(checkpoints);
      const evaluation = await evaluateModel({ model, loss }, validation, { metric, classes, output });
      return evaluation!.score;
    },
    onTasted: ({ checkpoint, alone, together, kept }) =>
      output.line(
        `${basename(checkpoint.path)}: ${metric.title} ${alone.toFixed(4)} alone, ` +
          `${together.toFixed(4)} with those kept before: ${kept ? "kept" : "left out"}`,
      ),
  });
  const files = tried.map(({ checkpoint: { path }, ...scores }) => ({
    checkpoint: basename(path),
    ...scores,
  }));
  return { kept, record: { metric: metric.name, score, tried: files } };
}
