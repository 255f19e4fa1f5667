import * as tf from "@tensorflow/tfjs";
import { configProblem } from "../base/problem.ts";
import type { Precision } from "../plugin/contracts.ts";
import type { Experiment } from "./experiment.ts";

/** Names of the backends that may compute in other precisions than float32. */
function backendsWithPrecisions({ registry }: Experiment): string[] {
  return registry.list("backends").map(({ name }) => name).filter((name) =>
    registry.get("backends", name).create({}, { threads: 0 }).precisions !== undefined
  );
}

/**
 * The precision that a config asks for, on the running backend; `auto` takes what the backend computes fastest, and says
 * which that is. The backend must be started.
 *
 * @param key which key asks, such as train.precision
 * @throws a config problem when the backend does not compute in it
 */
export function choosePrecision(experiment: Experiment, key: "train" | "eval"): Precision {
  const { backend, config, output } = experiment;
  const wanted = config[key].precision;
  const known: readonly Precision[] = backend?.precisions?.() ?? ["float32"];
  if (wanted === "auto") {
    output.line(`${key}.precision: ${known[0]} (auto)`);
    return known[0]!;
  }
  if (known.includes(wanted)) return wanted;
  throw configProblem(
    `Cannot compute with ${key}.precision: ${wanted}: the backend "${tf.getBackend()}" computes in ${
      known.join(", ")
    } on this machine`,
    `Set it to auto or float32, or name a backend that may have it: ${
      backendsWithPrecisions(experiment).join(", ")
    } (bfloat16 with AVX-512 or newer, float16 on a CUDA GPU)`,
  );
}

/** The experiment with the precision that its training computes in instead of `auto`. The backend must be started. */
export async function withTrainPrecision(experiment: Experiment): Promise<Experiment> {
  const { config } = experiment;
  const precision = choosePrecision(experiment, "train");
  return await experiment.with({ config: { ...config, train: { ...config.train, precision } } });
}
