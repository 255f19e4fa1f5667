import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { sha256OfFile } from "../../../core/base/sha256.ts";
import type { Experiment } from "../../../core/experiment/experiment.ts";
import { extractFeatures, type FeatureRequest } from "../../../core/predict/extract_features.ts";
import { type Features, readFeatures, writeFeatures } from "../../../core/predict/feature_file.ts";
import { infer } from "../../../core/predict/infer.ts";
import { readPredictions } from "../../../core/predictions/predictions.ts";
import { readWeightFile } from "../../../core/weights/weight_file.ts";
import { writeSafetensors } from "../../../core/weights/safetensors.ts";
import { withProject } from "./_project.ts";

const PROJECT = { symmetric: false, multiLabel: true }, CLASSES = 3;

async function extracted(experiment: Experiment, request: Partial<FeatureRequest> = {}): Promise<Features> {
  const path = join(experiment.config.train.dir, "mine.safetensors");
  await extractFeatures(experiment, { splits: ["test"], path, ...request });
  return await readFeatures(path);
}

/** Logits of features by the checkpoint's own classifier. */
async function logitsOf({ ids, width, values }: Features, checkpoint: string): Promise<number[]> {
  const tensors = await readWeightFile(checkpoint);
  const [weight, bias] = ["fc.weight", "fc.bias"].map((name) =>
    new Float32Array(tensors.get(name)!.data.slice().buffer)
  );
  return ids.flatMap((_, row) =>
    Array.from({ length: CLASSES }, (_, label) => {
      let sum = bias![label]!;
      for (let i = 0; i < width; i++) sum += weight![label * width + i]! * values[row * width + i]!;
      return sum;
    })
  );
}

describe("extractFeatures", () => {
  it("writes what the classifier makes the predictions of, by Id", () =>
    withProject(PROJECT, async (experiment, dir) => {
      const features = await extracted(experiment), path = join(dir, "run", "predictions.csv");
      const { checkpoint } = await infer(experiment, { views: { orientations: 1 }, path });
      const { ids, probabilities } = await readPredictions(path, { classes: CLASSES });
      assertEquals([features.ids, features.width], [ids, 6]);
      const logits = await logitsOf(features, checkpoint);
      for (const [i, logit] of logits.entries()) {
        assertAlmostEquals(1 / (1 + Math.exp(-logit)), probabilities[i]!, 1e-5);
      }
      assertEquals(features.origin.weights, checkpoint);
      assertEquals(features.origin.weightsSha256, await sha256OfFile(checkpoint));
      assertEquals([features.origin.split, features.origin.trainedSplit], ["test", null]);
    }));

  it("averages the features of views", () =>
    withProject(PROJECT, async (experiment) => {
      const [one, four] = [
        await extracted(experiment),
        await extracted(experiment, { views: { orientations: 4 } }),
      ];
      assertEquals(four.origin.views.orientations, 4);
      assert(four.values.some((value, i) => Math.abs(value - one.values[i]!) > 1e-3), "views differ");
      await withProject({ ...PROJECT, symmetric: true }, async (same) => {
        const [alone, averaged] = [
          await extracted(same),
          await extracted(same, { views: { orientations: 8 } }),
        ];
        for (const [i, value] of averaged.values.entries()) assertAlmostEquals(value, alone.values[i]!, 1e-4);
      });
    }));

  it("takes pretrained weights, of which no split of this data is known", () =>
    withProject(PROJECT, async (experiment, dir) => {
      const own = await extracted(experiment), weights = join(dir, "other.safetensors");
      await Deno.writeFile(weights, writeSafetensors(await readWeightFile(own.origin.weights)));
      const other = await extracted(experiment, { weights });
      assertEquals(other.values, own.values);
      assertEquals("trainedSplit" in other.origin, false);
      const both = { weights, checkpoint: own.origin.weights };
      assertEquals((await assertRejects(() => extracted(experiment, both), Problem)).exitCode, 2);
    }));
});

describe("a feature file", () => {
  it("of another program needs features and Ids alone; others are refused by name", async () => {
    const dir = await Deno.makeTempDir(), path = join(dir, "clip.safetensors");
    const values = Float32Array.of(1, 2, 3, 4),
      features = { dtype: "F32", shape: [2, 2], data: new Uint8Array(values.buffer) };
    await Deno.writeFile(path, writeSafetensors(new Map([["features", features]]), { ids: '["a","b"]' }));
    const read = await readFeatures(path);
    assertEquals([read.ids, read.values, read.origin.weights], [["a", "b"], values, ""]);
    await writeFeatures(read);
    assertEquals((await readFeatures(path)).values, values);
    for (const ids of [undefined, '["a"]', '["a","a"]', "[1,2]"]) {
      await Deno.writeFile(
        path,
        writeSafetensors(new Map([["features", features]]), ids === undefined ? {} : { ids }),
      );
      const problem = await assertRejects(() => readFeatures(path), Problem, path);
      assertEquals(problem.exitCode, 3);
    }
    values[3] = NaN;
    await Deno.writeFile(path, writeSafetensors(new Map([["features", features]]), { ids: '["a","b"]' }));
    await assertRejects(() => readFeatures(path), Problem, '"b"');
    await Deno.remove(dir, { recursive: true });
  });
});
