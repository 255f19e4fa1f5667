import type { ModuleLayer } from "../nn/layers/module_layer.ts";
import { SelfAttention } from "../nn/layers/self_attention.ts";
import { moduleLayers } from "../nn/named_variables.ts";
import type { Model } from "../plugin/contracts.ts";
import { cutModel, sizeOf } from "../nn/model_graph.ts";
import { layersOf } from "./recomputing_forward.ts";

/** Bytes of a float32. */
const BYTES = 4;

function outputBytes(layers: readonly ModuleLayer[]): number {
  const shapes = layers.flatMap(({ outputShape: shape }) =>
    (Array.isArray(shape[0]) ? shape : [shape]) as (number | null)[][]
  );
  const size = (shape: (number | null)[]) => shape.slice(1).reduce<number>((a, b) => a * (b ?? 1), 1);
  const attention = layers.filter((layer) => layer instanceof SelfAttention);
  // Beside its output an attention keeps its scores and their softmax, which grow with the square of the tokens.
  const weights = attention.reduce((sum, layer) => sum + 2 * layer.weightsPerImage(), 0);
  return BYTES * (weights + shapes.reduce((sum, shape) => sum + size(shape), 0));
}

/**
 * Estimates the peak activation memory of a training pass, in bytes per image. Each layer's output is kept until its
 * gradient is computed, and the gradient needs about as much again. With gradient checkpointing (`recompute`) this
 * holds for one segment of the model at a time; of the other segments only the outputs are kept.
 *
 * @param parts number of gradient-checkpointing segments; 1 means no checkpointing
 */
export function passBytes(model: Model, parts: number): number {
  const segments = parts > 1 ? cutModel(model, parts) : [];
  if (segments.length < 2) return 2 * outputBytes(moduleLayers(model));
  const whole = segments.map((segment) => outputBytes(layersOf(segment)));
  const kept = segments.map((segment, index) =>
    segment.emits ? whole[index]! : BYTES * sizeOf(segment.output)
  );
  return kept.reduce((sum, bytes) => sum + bytes) + 2 * Math.max(...whole);
}
