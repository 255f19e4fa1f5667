import * as tf from "@tensorflow/tfjs";
import { loadExperiment } from "../experiment/experiment.ts";
import { decodeImage } from "../image/decode.ts";
import type { AnyPixels } from "../base/pixels.ts";
import { applyTransform } from "../data/apply_transform.ts";
import { dataProblem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { activate, isExclusive } from "../nn/activate.ts";
import { applyModel } from "../train/backward_pass.ts";
import { mergeViews } from "./merge_views.ts";
import { type OpenedModel, openModel } from "./open_model.ts";

/** Options of {@link loadModel}. */
export interface LoadModelOptions {
  /** Overrides of the config, such as `data.dir=elsewhere`. */
  readonly set?: readonly string[];
}

/** A trained model for inference in other programs. */
export class Predictor {
  /** The model with what belongs to it; disposed with the predictor. */
  readonly opened: OpenedModel;

  constructor(opened: OpenedModel) {
    this.opened = opened;
  }

  /** Class names in the order of the model's outputs. */
  get classes(): readonly string[] {
    return this.opened.layout.classes;
  }

  /**
   * The input that the model gets for an image.
   *
   * @param image bytes of an image file, or pixels with the channels that the model was trained on
   * @returns `[views, size, size, channels]`
   * @throws Problem (data) when the image cannot be decoded or has a different number of channels
   */
  async inputOf(image: Uint8Array | AnyPixels): Promise<Float32Array> {
    const { layout: { channels: { length: channels } }, transform, depth, decoders } = this.opened;
    const pixels = image instanceof Uint8Array
      ? await decodeImage(image, { channels, depth, decoders })
      : image;
    if (pixels.channels !== channels) {
      throw dataProblem(`Cannot predict: the image has ${pixels.channels} channels, the model ${channels}`);
    }
    return applyTransform(transform, pixels, new Random(0, "predict"));
  }

  /**
   * Predicts class probabilities, or regression values, by name.
   *
   * @param image bytes of an image file, or pixels with the channels that the model was trained on
   * @throws Problem (data) when the image cannot be decoded or has a different number of channels
   */
  async predict(image: Uint8Array | AnyPixels): Promise<Record<string, number>> {
    const { layout, transform: { views, size }, model, loss: { activation, scale } } = this.opened;
    const input = await this.inputOf(image);
    const channels = layout.channels.length;
    const logits = tf.tidy(() =>
      applyModel(model, tf.tensor4d(input, [views, size, size, channels]), false)[0]!
    );
    const classes = layout.classes.length;
    const values = activate(await logits.data(), { activation, classes, scale });
    logits.dispose();
    const mean = mergeViews([values], "mean", { views, classes, exclusive: isExclusive(activation) })[0]!;
    return Object.fromEntries(layout.classes.map((name, index) => [name, mean[index]!]));
  }

  /** Disposes the weights. */
  dispose(): void {
    this.opened.model.dispose();
  }
}

/**
 * Loads a trained model from its config and checkpoint, and starts the config's backend.
 *
 * @param configPath the YAML config that the model was trained with
 * @param checkpoint path or name in the run's folder; by default the newest average, else the best, else the last
 * @throws Problem on config errors and on a missing data folder or checkpoint
 */
export async function loadModel(
  configPath: string,
  checkpoint?: string,
  options: LoadModelOptions = {},
): Promise<Predictor> {
  const experiment = await loadExperiment(configPath, options);
  await experiment.startBackend();
  return new Predictor(await openModel(experiment, checkpoint));
}
