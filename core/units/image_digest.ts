import { createHash } from "node:crypto";
import type { Example, ImageFiles, Split } from "../base/example.ts";
import { dataProblem } from "../base/problem.ts";
import type { Experiment } from "../experiment/experiment.ts";

/** How many images there are, and a hash of their Ids, sources and labels; their pixels are not read. */
export interface ImageDigest {
  readonly count: number;
  readonly sha256: string;
}

/** Digest of images in their order. */
export function digestImages(images: readonly (ImageFiles | Example)[]): ImageDigest {
  const hash = createHash("sha256");
  for (const image of images) {
    const labels = "labels" in image ? image.labels : null;
    hash.update(JSON.stringify([image.id, image.source, labels]) + "\n");
  }
  return { count: images.length, sha256: hash.digest("hex") };
}

/** Digests of splits of an experiment's data. Throws a data problem where a split is missing or empty. */
export async function digestSplits(
  experiment: Experiment,
  splits: readonly Split[],
): Promise<Record<string, ImageDigest>> {
  const digests: Record<string, ImageDigest> = {};
  for (const split of splits) {
    digests[split] = digestImages(await experiment.predictedExamples(split));
  }
  return digests;
}

/** Throws a data problem where images are not those that were planned with. */
export function checkDigests(
  planned: Readonly<Record<string, ImageDigest>>,
  here: Readonly<Record<string, ImageDigest>>,
): void {
  for (const [name, { count, sha256 }] of Object.entries(planned)) {
    const own = here[name]!;
    if (own.sha256 === sha256) continue;
    throw dataProblem(
      `Cannot run the unit: its plan was made with other images of ${name}: ${count} then, ${own.count} here, or ` +
        "other Ids or labels",
      "Bring the data folder that was planned with, or plan again",
    );
  }
}
