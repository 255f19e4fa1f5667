import type { Depth } from "../base/pixels.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { Layout, Loss, Model, Transform } from "../plugin/contracts.ts";
import { loadWeights } from "../run_folder/checkpoint.ts";
import { chooseCheckpoint } from "./choose_checkpoint.ts";

/** A trained model with its transform. */
export interface OpenedModel {
  /** Takes the output of `transform`; the caller disposes it. */
  readonly model: Model;
  /** Path of the checkpoint. */
  readonly checkpoint: string;
  readonly layout: Layout;
  /** The validation transform. */
  readonly transform: Transform;
  /** Bits of a sample that the transform is meant for. */
  readonly depth: Depth;
  /** Decoders of further image formats. */
  readonly decoders: readonly ImageDecoder[];
  /** Its activation turns logits into predictions. */
  readonly loss: Loss;
}

/**
 * Loads the model of an experiment from one of its checkpoints. The backend must be started.
 *
 * @param name checkpoint path or name in the run's folder; by default the newest average, else the best, else the last
 * @throws Problem on a missing data folder or checkpoint, and on a checkpoint of another architecture
 */
export async function openModel(experiment: Experiment, name?: string): Promise<OpenedModel> {
  const checkpoint = await chooseCheckpoint(experiment.config.train.dir, name);
  const layout = await experiment.layout();
  const transform = await experiment.transform("val");
  const loss = await experiment.loss();
  const model = await experiment.model(transform.size);
  try {
    await loadWeights(model, checkpoint);
  } catch (error) {
    model.dispose();
    throw error;
  }
  const { depth } = experiment.config.data;
  return { model, checkpoint, layout, transform, depth, decoders: experiment.decoders(), loss };
}
