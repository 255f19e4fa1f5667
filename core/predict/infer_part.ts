import { z } from "zod";
import { readTextFile, writeFileAtomic } from "../base/files.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { Provenance } from "../predictions/provenance.ts";
import type { Part } from "./batches_of.ts";
import {
  type InferenceRequest,
  type InferenceResult,
  predictRequested,
  type UnfilledPredictions,
  writeFilled,
} from "./infer.ts";

/** What a part's file holds: numbers as JSON, which gives every float64 back as it was. */
const partSchema = z.strictObject({
  ids: z.array(z.string()),
  classes: z.int(),
  labels: z.strictObject({ type: z.enum(["uint8", "float32"]), values: z.array(z.number()) }).nullable(),
  probabilities: z.array(z.number()),
  views: z.int(),
  viewsLeftOut: z.int(),
  provenance: z.record(z.string(), z.unknown()),
});

/** Throws a config problem on a request whose answer for an image depends on the others. */
function checkParted({ merge, views }: InferenceRequest): void {
  if (merge !== "rank" && views?.orientations !== "auto") return;
  const cause = merge === "rank"
    ? 'views merged by "rank" are ranked among all images'
    : 'views chosen by "auto" would be chosen once for each part';
  throw configProblem(`Cannot predict in parts: ${cause}`, "Predict the split as a whole");
}

/**
 * Predicts a part of a split as {@link infer} would and writes it to `path`, from which {@link joinParts} makes the
 * prediction file.
 *
 * @throws as `infer` does; a config problem on a request that cannot be shared out
 */
export async function inferPart(
  experiment: Experiment,
  request: InferenceRequest & { readonly path: string },
  part: Part,
): Promise<void> {
  checkParted(request);
  const { labels, probabilities, choice: _choice, ...rest } = await predictRequested(
    experiment,
    request,
    part,
  );
  const type = labels instanceof Float32Array ? "float32" : "uint8";
  const made = {
    ...rest,
    labels: labels && { type, values: [...labels] },
    probabilities: [...probabilities],
  };
  await writeFileAtomic(request.path, JSON.stringify(made) + "\n");
}

type PartFile = z.output<typeof partSchema>;

async function readPart(path: string): Promise<PartFile> {
  try {
    return partSchema.parse(JSON.parse(await readTextFile(path, "Predict that part again", "table")));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    throw dataProblem(`Cannot join "${path}": it is damaged`, "Predict that part again");
  }
}

/** Labels of all parts; null where a part has none. A part without images says nothing. */
function joinLabels(parts: readonly PartFile[]): UnfilledPredictions["labels"] {
  const labels = parts.filter(({ ids }) => ids.length > 0).map((part) => part.labels);
  if (labels.some((part) => part === null)) return null;
  const values = labels.flatMap((part) => part!.values);
  return labels.some((part) => part!.type === "float32")
    ? Float32Array.from(values)
    : Uint8Array.from(values);
}

/** Throws a data problem where a part was made otherwise than the first. */
function checkAlike(parts: readonly PartFile[], paths: readonly string[]): void {
  const [first] = parts.map(({ provenance }) => JSON.stringify(provenance));
  const other = parts.findIndex(({ provenance }) => JSON.stringify(provenance) !== first);
  if (other < 0) return;
  throw dataProblem(
    `Cannot join "${paths[0]}" and "${paths[other]}": another config, checkpoint or version made them`,
    "Predict all parts again",
  );
}

/**
 * Writes the prediction file of a split from its parts: the bytes are those that {@link infer} writes.
 *
 * @param parts paths of all parts, in order
 * @throws a data problem on a part that is missing, damaged, or made otherwise than the others
 */
export async function joinParts(
  experiment: Experiment,
  request: InferenceRequest,
  parts: readonly string[],
): Promise<InferenceResult> {
  const read: PartFile[] = [];
  for (const path of parts) read.push(await readPart(path));
  checkAlike(read, parts);
  const sum = (key: "views" | "viewsLeftOut") => read.reduce((total, part) => total + part[key], 0);
  return await writeFilled(experiment, request, {
    ids: read.flatMap(({ ids }) => ids),
    classes: read[0]!.classes,
    labels: joinLabels(read),
    probabilities: Float64Array.from(read.flatMap(({ probabilities }) => probabilities)),
    views: sum("views"),
    viewsLeftOut: sum("viewsLeftOut"),
    choice: null,
    provenance: read[0]!.provenance as unknown as Provenance,
  });
}
