import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { SILENT } from "../../../core/base/output.ts";
import { openLayout } from "../../../core/layout/open_layout.ts";
import type { LoadedConfig } from "../../../core/config/load.ts";
import { createLoader } from "../../../core/data/loader.ts";
import { loaderSettings } from "../../../core/experiment/loader_settings.ts";
import { type InferenceRequest, type InferenceResult, runInference } from "../../../core/predict/infer.ts";
import { predictViews } from "../../../core/predict/predict_views.ts";
import { readPredictions } from "../../../core/predict/predictions.ts";
import { Problem } from "../../../core/base/problem.ts";
import { testExamples } from "../../../core/layout/examples.ts";
import { createModel } from "../../../core/experiment/create_model.ts";
import { withProject } from "./_project.ts";

const CLASSES = 3;
const output = SILENT;

interface Inferred extends InferenceResult {
  readonly bytes: Uint8Array;
  /** Probabilities by image. */
  readonly rows: readonly (readonly number[])[];
}

async function infer(loaded: LoadedConfig, given: Partial<InferenceRequest> = {}): Promise<Inferred> {
  const path = join(loaded.config.train.dir, "predictions.csv");
  const result = await runInference(loaded, { split: "test", views: 8, path, output, ...given });
  const { probabilities } = await readPredictions(path, { classes: CLASSES });
  const rows = Array.from(
    { length: result.images },
    (_, row) => [...probabilities.subarray(row * CLASSES, (row + 1) * CLASSES)],
  );
  return { ...result, bytes: await Deno.readFile(path), rows };
}

function leaderOf(row: readonly number[]): number {
  return row.indexOf(Math.max(...row));
}

function largestDifference(a: Inferred, b: Inferred): number {
  return Math.max(...a.rows.flatMap((row, i) => row.map((value, c) => Math.abs(value - b.rows[i]![c]!))));
}

/** Probabilities of each of the eight views of all test pictures, each predicted by itself. */
async function eightViews({ config, registry }: LoadedConfig, dir: string): Promise<Float64Array[]> {
  const layout = await openLayout(registry, dir, {
    name: config.data.layout,
    params: config.data.layout_params,
  });
  const loader = await createLoader({
    ...loaderSettings(config, layout, output),
    transform: { name: "tta_transform", params: { ...config.transform.params, num_tta: 8 } },
    examples: await testExamples(layout),
    split: "test",
    batchSize: 24,
    shuffle: false,
  });
  const model = createModel(config, registry, { classes: CLASSES, channels: 3, size: loader.size });
  const rows: Float64Array[] = [];
  for await (const batch of loader.batches(0)) {
    rows.push(...await predictViews({ model, classes: CLASSES, activation: "sigmoid" }, batch));
  }
  model.dispose();
  loader.close();
  return Array.from(
    { length: 8 },
    (_, view) =>
      Float64Array.from(rows.flatMap((row) => [...row.subarray(view * CLASSES, (view + 1) * CLASSES)])),
  );
}

describe("runInference", () => {
  it("leaves out views only where the classes above the threshold stand", () =>
    withProject({ symmetric: false, multiLabel: true }, async (loaded) => {
      const full = await infer(loaded);
      assertEquals([full.views, full.viewsLeftOut], [24 * 8, 0]);
      for (const stop of [0.3, 0.5, 0.8]) {
        const stopped = await infer(loaded, { stop });
        const answers = [full, stopped].map(({ rows }) => rows.map((row) => row.map((p) => p > stop)));
        assertEquals(answers[1], answers[0]);
        assert(stopped.viewsLeftOut > 0 && stopped.viewsLeftOut < stopped.views, `${stopped.viewsLeftOut}`);
        assertGreater(largestDifference(full, stopped), 1e-4);
      }
    }));

  it("leaves out views only where the leading class stands", () =>
    withProject({ symmetric: false, multiLabel: false }, async (loaded) => {
      const [full, stopped] = [await infer(loaded), await infer(loaded, { stop: 0.5 })];
      assertEquals(stopped.rows.map(leaderOf), full.rows.map(leaderOf));
      assert(stopped.viewsLeftOut > 0 && stopped.viewsLeftOut < stopped.views, `${stopped.viewsLeftOut}`);
      for (const row of stopped.rows) assert(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-6);
    }));

  it("gives the same bytes for any number of workers, stopped early or not", () =>
    withProject({ symmetric: false, multiLabel: true }, async (loaded) => {
      for (const stop of [undefined, 0.5]) {
        const files: Uint8Array[] = [];
        for (const num_preprocessor of [0, 1, 3]) {
          const config = { ...loaded.config, transform: { ...loaded.config.transform, num_preprocessor } };
          files.push((await infer({ ...loaded, config }, { stop })).bytes);
        }
        assertEquals(files[1], files[0]);
        assertEquals(files[2], files[0]);
      }
    }));

  it("predicts eight equal views by a model that turns and flips leave alone, and no others", async () => {
    for (const symmetric of [true, false]) {
      await withProject({ symmetric, multiLabel: true }, async (loaded, dir) => {
        const views = await eightViews(loaded, dir);
        const spread = Math.max(
          ...views.flatMap((view) => [...view].map((p, i) => Math.abs(p - views[0]![i]!))),
        );
        assert(symmetric ? spread < 1e-5 : spread > 1e-2, `${symmetric}: ${spread}`);
        const [one, eight] = [await infer(loaded, { views: 1 }), await infer(loaded)];
        const difference = largestDifference(one, eight);
        assert(symmetric ? difference < 1e-5 : difference > 1e-2, `${symmetric}: ${difference}`);
      });
    }
  });

  it("refuses to stop early where the merge does not tell its result early", () =>
    withProject({ symmetric: true, multiLabel: true }, async (loaded) => {
      for (const merge of ["gmean", "rank"] as const) {
        const problem = await assertRejects(() => infer(loaded, { stop: 0.5, merge }), Problem, merge);
        assertEquals(problem.exitCode, 2);
      }
    }));
});
