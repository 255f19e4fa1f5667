import { openLayout } from "../layout/open_layout.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Layout, Loss, Model, Transform } from "../plugin/contracts.ts";
import { loadWeights } from "../run_folder/checkpoint.ts";
import { createModel } from "../experiment/create_model.ts";
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

/** The transform of a config's validation pictures. */
function validationTransform({ config, registry }: LoadedConfig, channels: number): Transform {
  return registry.get("transforms", config.transform.name).create(config.transform.params, {
    split: "val",
    channels,
    augmentation: (name, params) => registry.get("augmentations", name).create(params, {}),
  });
}

/**
 * Opens the model of a config with one of its checkpoints. The backend must be started.
 *
 * @param name the checkpoint: a file, or its name in the run's folder; newest average, best or last when left out
 * @throws Problem on a missing data folder or checkpoint, and on one of another architecture
 */
export async function openModel(loaded: LoadedConfig, name?: string): Promise<OpenedModel> {
  const { config, registry } = loaded;
  const checkpoint = await chooseCheckpoint(config.train.dir, name);
  const { dir, layout: layoutName, layout_params: params } = config.data;
  const layout = await openLayout(registry, dir, { name: layoutName, params });
  const [classes, channels] = [layout.classes.length, layout.channels.length];
  const transform = validationTransform(loaded, channels);
  const context = { classes, multiLabel: layout.multiLabel };
  const { activation } = registry.get("losses", config.loss.name).create(config.loss.params, context);
  const model = createModel(config, registry, { classes, channels, size: transform.size });
  try {
    await loadWeights(model, checkpoint);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model, checkpoint, layout, transform, activation };
}
