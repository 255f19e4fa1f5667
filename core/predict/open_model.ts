import type { Experiment } from "../experiment/experiment.ts";
import type { Layout, Loss, Model, Transform } from "../plugin/contracts.ts";
import { loadWeights } from "../run_folder/checkpoint.ts";
import { chooseCheckpoint } from "./choose_checkpoint.ts";

/** A trained model with what belongs to it. */
export interface OpenedModel {
  /** In inference it is applied to what `transform` gives; the caller disposes it. */
  readonly model: Model;
  /** Path of the checkpoint. */
  readonly checkpoint: string;
  readonly layout: Layout;
  /** What validation pictures go through. */
  readonly transform: Transform;
  /** How logits become probabilities. */
  readonly activation: Loss["activation"];
}

/**
 * Opens the model of an experiment with one of its checkpoints. The backend must be started.
 *
 * @param name the checkpoint: a file, or its name in the run's folder; newest average, best or last when left out
 * @throws Problem on a missing data folder or checkpoint, and on one of another architecture
 */
export async function openModel(experiment: Experiment, name?: string): Promise<OpenedModel> {
  const checkpoint = await chooseCheckpoint(experiment.config.train.dir, name);
  const layout = await experiment.layout();
  const transform = await experiment.transform("val");
  const { activation } = await experiment.loss();
  const model = await experiment.model(transform.size);
  try {
    await loadWeights(model, checkpoint);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model, checkpoint, layout, transform, activation };
}
