import { join } from "@std/path";
import { SilentOutput } from "../../../core/base/output.ts";
import type { Config } from "../../../core/config/schema.ts";
import { Experiment } from "../../../core/experiment/experiment.ts";
import { infer, type InferenceRequest, type InferenceResult } from "../../../core/predict/infer.ts";

/** Keeps what is said. */
export class Heard extends SilentOutput {
  readonly lines: string[] = [];
  readonly warnings: string[] = [];
  readonly tables: (readonly (readonly (string | number)[])[])[] = [];

  override line(text = ""): void {
    this.lines.push(text);
  }

  override warn(text: string): void {
    this.warnings.push(text);
  }

  override table(_header: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    this.tables.push(rows);
  }
}

/** An inference with what was said during it. */
export interface HeardInference extends InferenceResult {
  readonly heard: Heard;
  /** What the file beside the predictions says of the views. */
  readonly about: { readonly orientations: number; readonly chosen?: unknown };
}

/** Predicts with a changed config and listens. */
export async function inferHeard(
  project: Experiment,
  change: Partial<Config>,
  request: InferenceRequest = {},
): Promise<HeardInference> {
  const heard = new Heard();
  const { registry } = project;
  const config = { ...project.config, ...change };
  const experiment = new Experiment({ path: "test.yml", config, registry, output: heard });
  const path = join(config.train.dir, "predictions.csv");
  const result = await infer(experiment, { path, ...request });
  const { views } = JSON.parse(await Deno.readTextFile(`${path}.json`));
  return { ...result, heard, about: views };
}
