import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import type { Experiment } from "../../../core/experiment/experiment.ts";
import { Problem } from "../../../core/base/problem.ts";
import { isTrainedOnFold, joinFeatures } from "../../../core/linear_probe/probe_features.ts";
import { type FeatureOrigin, writeFeatures } from "../../../core/predict/feature_file.ts";

const ORIGIN = { config: "", weights: "w", weightsSha256: "1", split: "val", views: {} } as const;
const OWN = { path: "data/split.0.csv", sha256: "a", trained: "train" };
/** Where all files are named, nothing is asked of a config. */
const UNASKED = {} as Experiment;

async function inFiles(
  origins: readonly FeatureOrigin[],
  body: (paths: readonly string[]) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  const paths = origins.map((_, i) => join(dir, `${i}.safetensors`));
  for (const [i, origin] of origins.entries()) {
    const values = Float32Array.of(i, i + 0.5, 10 + i, 10.5 + i);
    await writeFeatures({ path: paths[i]!, ids: ["shared", `own${i}`], width: 2, values, origin });
  }
  await body(paths);
  await Deno.remove(dir, { recursive: true });
}

Deno.test("feature files of one network are joined by Id", () =>
  inFiles([ORIGIN, { ...ORIGIN, split: "test" }], async (paths) => {
    const { rowOf, values, width } = await joinFeatures(UNASKED, paths);
    const rows = [...rowOf].map(([id, row]) => [id, ...values.subarray(row * width, (row + 1) * width)]);
    assertEquals(rows, [["shared", 0, 0.5], ["own0", 10, 10.5], ["own1", 11, 11.5]]);
  }));

Deno.test("feature files of other networks or views are refused", async () => {
  for (const other of [{ weightsSha256: "2" }, { views: { orientations: 2 } }]) {
    await inFiles([ORIGIN, { ...ORIGIN, ...other }], async (paths) => {
      const problem = await assertRejects(() => joinFeatures(UNASKED, paths), Problem, paths[1]!);
      assertEquals(problem.exitCode, 3);
    });
  }
});

Deno.test("features of a network that may have seen held-out images are refused", () => {
  const trainedOn = (origin: FeatureOrigin) =>
    isTrainedOnFold({
      paths: ["a.safetensors"],
      width: 0,
      values: new Float32Array(),
      rowOf: new Map(),
      origin,
    }, OWN);
  assertEquals(trainedOn(ORIGIN), false);
  assertEquals(trainedOn({ ...ORIGIN, trainedSplit: OWN }), true);
  assertThrows(() => trainedOn({ ...ORIGIN, trainedSplit: null }), Problem, "does not tell which split");
  assertThrows(
    () => trainedOn({ ...ORIGIN, trainedSplit: { ...OWN, sha256: "b" } }),
    Problem,
    "was trained on",
  );
});
