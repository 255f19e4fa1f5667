import * as tf from "@tensorflow/tfjs";
import type { Output } from "../base/output.ts";
import type { Loader } from "../data/loader.ts";
import { batchNorms, namedParameters } from "../nn/named_variables.ts";
import type { Model } from "../plugin/contracts.ts";
import { loadWeights } from "../run_folder/checkpoint.ts";
import { applyModel, batchTensors } from "../train/backward_pass.ts";

/**
 * Sets a model's parameters to the mean over checkpoints. Uses a running mean, so that only two copies of the weights
 * are in memory. The batch-norm statistics are those of the last checkpoint and do not match the averaged weights: call
 * {@link estimateStatistics} afterwards.
 *
 * Source: Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018.
 *
 * @throws Problem (data) when a checkpoint is damaged or of another architecture
 */
export async function averageCheckpoints(model: Model, paths: readonly string[]): Promise<void> {
  const means = new Map<string, tf.Tensor>();
  for (const [index, path] of paths.entries()) {
    await loadWeights(model, path);
    for (const [name, { variable }] of namedParameters(model)) {
      const before = means.get(name);
      const share = 1 / (index + 1);
      means.set(
        name,
        tf.tidy(() => before ? before.mul(1 - share).add(variable.mul(share)) : tf.clone(variable)),
      );
      before?.dispose();
    }
  }
  for (const [name, { variable }] of namedParameters(model)) {
    const mean = means.get(name);
    if (mean) variable.assign(mean);
    mean?.dispose();
  }
}

/**
 * Re-estimates the running statistics of all batch-norm layers as the mean over the loader's images, with each image
 * weighted equally (momentum `b / (n + b)` for a batch of b after n images). The model runs in training mode, as in
 * upstream. Does nothing for a model without batch normalisation.
 */
export async function estimateStatistics(model: Model, loader: Loader, output: Output): Promise<void> {
  const norms = [...batchNorms(model).values()];
  if (norms.length === 0) return;
  const momenta = norms.map((norm) => norm.momentum);
  const bar = output.progress("statistics", loader.batchCount);
  let images = 0;
  try {
    for await (const batch of loader.batches(0)) {
      const momentum = batch.count / (images + batch.count);
      for (const norm of norms) norm.momentum = momentum;
      const tensors = batchTensors(batch);
      const outputs = tf.tidy(() => applyModel(model, tensors.images, { training: true, step: batch.index }));
      await outputs[0]!.data();
      tf.dispose([tensors.images, tensors.labels, ...outputs]);
      images += batch.count;
      bar.update(batch.index + 1);
    }
  } finally {
    norms.forEach((norm, index) => norm.momentum = momenta[index]!);
    bar.end();
  }
}
