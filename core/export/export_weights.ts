import { basename, join } from "@std/path";
import type { Experiment } from "../experiment/experiment.ts";
import { checkWritable } from "../base/check_writable.ts";
import { writeFileAtomic } from "../base/files.ts";
import { type OpenedModel, openModel } from "../predict/open_model.ts";
import { modelWeights, storeWeights } from "../weights/model_weights.ts";
import { writeSafetensors } from "../weights/safetensors.ts";
import { exportOnnx } from "./onnx.ts";
import { exportTfjs } from "./tfjs.ts";

/** Supported export formats. */
export const EXPORT_FORMATS = ["safetensors", "tfjs", "onnx"] as const;

/** One of {@link EXPORT_FORMATS}. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Options of {@link exportWeights}. */
export interface ExportRequest {
  /** `safetensors` when left out. */
  readonly format?: ExportFormat;
  /** Checkpoint path or name in the run's folder; by default the newest average, else the best, else the last. */
  readonly checkpoint?: string | undefined;
  /** Output folder; `<train.dir>/export` when left out. */
  readonly folder?: string | undefined;
}

/** Result of {@link exportWeights}. */
export interface ExportResult {
  readonly checkpoint: string;
  /** Paths of the files written. */
  readonly files: string[];
  /** Input shape, [height, width, channels]. */
  readonly input: (number | null)[];
  readonly classes: readonly string[];
}

type Files = Map<string, Uint8Array | string>;

async function filesOf(format: ExportFormat, stem: string, { model, layout }: OpenedModel): Promise<Files> {
  if (format === "onnx") return new Map([[`${stem}.onnx`, await exportOnnx(model)]]);
  if (format === "tfjs") {
    const { topology, weights } = await exportTfjs(model);
    const names: Files = new Map<string, Uint8Array | string>([["model.json", topology], [
      "weights.bin",
      weights,
    ]]);
    return new Map([...names].map(([name, content]) => [join(`${stem}.tfjs`, name), content]));
  }
  const metadata = { format: "pt", classes: JSON.stringify(layout.classes) };
  return new Map([[
    `${stem}.safetensors`,
    writeSafetensors(storeWeights(await modelWeights(model)), metadata),
  ]]);
}

/** Exports the weights of a run for other programs. Throws a problem when the checkpoint or the data is missing. */
export async function exportWeights(
  experiment: Experiment,
  request: ExportRequest = {},
): Promise<ExportResult> {
  const { format = "safetensors", checkpoint } = request;
  const folder = request.folder ?? join(experiment.config.train.dir, "export");
  await checkWritable(folder, "the export folder");
  await experiment.startBackend();
  const opened = await openModel(experiment, checkpoint);
  try {
    const stem = basename(opened.checkpoint, ".safetensors");
    const made = await filesOf(format, stem, opened);
    const files = [...made.keys()].map((name) => join(folder, name));
    for (const [name, content] of made) await writeFileAtomic(join(folder, name), content);
    const input = opened.model.inputs[0]!.shape.slice(1);
    return { checkpoint: opened.checkpoint, files, input, classes: opened.layout.classes };
  } finally {
    opened.model.dispose();
  }
}
