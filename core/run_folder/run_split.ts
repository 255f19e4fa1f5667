import { dirname } from "@std/path";
import { isSameSplit, resumedSplit, type TrainedSplit } from "../layout/trained_split.ts";
import { hubRepository } from "../weights/weight_file.ts";
import { checkpointSplit, readCheckpointFile } from "./checkpoint.ts";
import type { ResumeState } from "./resume_file.ts";

/** Where the weights of a run come from. */
export interface WeightSource {
  /** What the run goes on from; null when it begins. */
  readonly saved: Pick<ResumeState, "trainedSplit"> | null;
  /** Weights that it begins with, as `model.params.pretrained` names them. */
  readonly pretrained: string | null;
  readonly warn: (message: string) => void;
}

/** The split that trained a checkpoint of Podium; null for other files. */
async function splitOfWeights(pretrained: string | null): Promise<TrainedSplit | null> {
  if (pretrained === null || hubRepository(pretrained) !== null || !pretrained.endsWith(".safetensors")) {
    return null;
  }
  return checkpointSplit(await readCheckpointFile(pretrained, "Correct model.params.pretrained"));
}

/** A new run that begins with the weights of another split of the same data has seen rows of both. */
async function splitOfNewRun(
  now: TrainedSplit | null,
  { pretrained, warn }: WeightSource,
): Promise<TrainedSplit | null> {
  const before = await splitOfWeights(pretrained);
  if (before === null || now === null || isSameSplit(before, now)) return now;
  if (dirname(before.path) !== dirname(now.path)) return now;
  warn(
    `"${pretrained}" was trained on the split "${before.path}": the model may have seen images of the present ` +
      "validation split, and its predictions are refused as out-of-fold ones",
  );
  return resumedSplit(before, now);
}

/**
 * The split that a run records: the present one, unless its weights have seen another. Warns where they have.
 *
 * @throws Problem (data) when the pretrained weights cannot be read
 */
export async function splitOfRun(
  now: TrainedSplit | null,
  source: WeightSource,
): Promise<TrainedSplit | null> {
  if (source.saved === null) return await splitOfNewRun(now, source);
  const before = source.saved.trainedSplit;
  if (before !== null && !isSameSplit(before, now)) {
    source.warn(
      `the split "${before.path}" has changed since the run began: the model may have seen images of the present ` +
        "validation split, and its predictions are refused as out-of-fold ones; --fresh starts over",
    );
  }
  return resumedSplit(before, now);
}
