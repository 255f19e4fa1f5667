import { plainForward } from "../../../core/predict/folded_forward.ts";
import { assert, assertEquals, assertGreater, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import type { Experiment } from "../../../core/experiment/experiment.ts";
import { infer, type InferenceRequest, type InferenceResult } from "../../../core/predict/infer.ts";
import { predictViews } from "../../../core/predict/predict_views.ts";
import { readPredictions } from "../../../core/predictions/predictions.ts";
import { Problem } from "../../../core/base/problem.ts";
import { testExamples } from "../../../core/layout/examples.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { pathExists } from "../../../core/base/files.ts";
import { Random } from "../../../core/base/random.ts";
import { readExamplePixels } from "../../../core/image/decode.ts";
import { withProject } from "./_project.ts";

const CLASSES = 3;

interface Inferred extends InferenceResult {
  readonly bytes: Uint8Array;
  /** Probabilities by image. */
  readonly rows: readonly (readonly number[])[];
}

async function inferred(experiment: Experiment, given: InferenceRequest = {}): Promise<Inferred> {
  const path = join(experiment.config.train.dir, "predictions.csv");
  const result = await infer(experiment, { views: { orientations: 8 }, path, ...given });
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
async function eightViews(experiment: Experiment): Promise<Float64Array[]> {
  const loader = await experiment.loader({
    examples: await testExamples(await experiment.layout()),
    views: { orientations: 8 },
    split: "val",
    batchSize: 24,
    shuffle: false,
  });
  const model = await experiment.model(loader.size);
  const rows: Float64Array[] = [];
  for await (const batch of loader.batches(0)) {
    rows.push(
      ...await predictViews({ forward: plainForward(model), classes: CLASSES, activation: "sigmoid" }, batch),
    );
  }
  model.dispose();
  loader.close();
  return Array.from(
    { length: 8 },
    (_, view) =>
      Float64Array.from(rows.flatMap((row) => [...row.subarray(view * CLASSES, (view + 1) * CLASSES)])),
  );
}

describe("infer", () => {
  it("leaves out views only where the classes above the threshold stand", () =>
    withProject({ symmetric: false, multiLabel: true }, async (experiment) => {
      const full = await inferred(experiment);
      assertEquals([full.views, full.viewsLeftOut], [24 * 8, 0]);
      for (const stop of [0.3, 0.5, 0.8]) {
        const stopped = await inferred(experiment, { stop });
        const answers = [full, stopped].map(({ rows }) => rows.map((row) => row.map((p) => p > stop)));
        assertEquals(answers[1], answers[0]);
        assert(stopped.viewsLeftOut > 0 && stopped.viewsLeftOut < stopped.views, `${stopped.viewsLeftOut}`);
        assertGreater(largestDifference(full, stopped), 1e-4);
      }
    }));

  it("leaves out views only where the leading class stands", () =>
    withProject({ symmetric: false, multiLabel: false }, async (experiment) => {
      const [full, stopped] = [await inferred(experiment), await inferred(experiment, { stop: 0.5 })];
      assertEquals(stopped.rows.map(leaderOf), full.rows.map(leaderOf));
      assert(stopped.viewsLeftOut > 0 && stopped.viewsLeftOut < stopped.views, `${stopped.viewsLeftOut}`);
      for (const row of stopped.rows) assert(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-6);
    }));

  it("gives the same bytes for any number of workers, stopped early or not", () =>
    withProject({ symmetric: false, multiLabel: true }, async (experiment) => {
      for (const stop of [undefined, 0.5]) {
        const files: Uint8Array[] = [];
        for (const num_preprocessor of [0, 1, 3]) {
          const transform = { ...experiment.config.transform, num_preprocessor };
          const other = await experiment.with({ config: { ...experiment.config, transform } });
          files.push((await inferred(other, { stop })).bytes);
        }
        assertEquals(files[1], files[0]);
        assertEquals(files[2], files[0]);
      }
    }));

  it("writes beside the predictions what they were made of, the same bytes each time", () =>
    withProject({ symmetric: false, multiLabel: true }, async (experiment) => {
      const result = await inferred(experiment, { views: { orientations: 4 }, stop: 0.3 });
      const text = await Deno.readTextFile(`${result.path}.json`), about = JSON.parse(text);
      assertEquals([about.checkpoint, about.split], [result.checkpoint, "test"]);
      assertEquals(about.views, { orientations: 4, zooms: [], corners: 0, merge: "mean", stop: 0.3 });
      await inferred(experiment, { views: { orientations: 4 }, stop: 0.3 });
      assertEquals(await Deno.readTextFile(`${result.path}.json`), text);
      const other = { ...experiment.config, seed: 77 };
      await inferred(await experiment.with({ config: other }), { views: { orientations: 4 } });
      assertNotEquals(JSON.parse(await Deno.readTextFile(`${result.path}.json`)).config, about.config);
    }));

  it("predicts eight equal views by a model that turns and flips leave alone, and no others", async () => {
    for (const symmetric of [true, false]) {
      await withProject({ symmetric, multiLabel: true }, async (experiment) => {
        const views = await eightViews(experiment);
        const spread = Math.max(
          ...views.flatMap((view) => [...view].map((p, i) => Math.abs(p - views[0]![i]!))),
        );
        assert(symmetric ? spread < 1e-5 : spread > 1e-2, `${symmetric}: ${spread}`);
        const [one, eight] = [
          await inferred(experiment, { views: { orientations: 1 } }),
          await inferred(experiment),
        ];
        const difference = largestDifference(one, eight);
        assert(symmetric ? difference < 1e-5 : difference > 1e-2, `${symmetric}: ${difference}`);
      });
    }
  });

  it("refuses to stop early where the merge does not tell its result early", () =>
    withProject({ symmetric: true, multiLabel: true }, async (experiment) => {
      for (const merge of ["gmean", "rank"] as const) {
        const problem = await assertRejects(() => inferred(experiment, { stop: 0.5, merge }), Problem, merge);
        assertEquals(problem.exitCode, 2);
      }
    }));

  it("shows the network what validation showed it: operations of every split, size and normalization", () =>
    withProject({ symmetric: false, multiLabel: true }, async (project) => {
      const always = [["InvertImg", { p: 1 }]], mean_std = [[1, 2, 3], [4, 5, 6]];
      const params = { size: 7, always, mean_std };
      const transform = { name: "pipeline", params, num_preprocessor: 0 };
      const experiment = await project.with({ config: { ...project.config, transform } });
      const examples = await testExamples(await experiment.layout());
      const request = { examples, split: "val" as const, batchSize: 24, shuffle: false };
      const seen = [];
      for (const views of [{ orientations: 1 }, { orientations: 8, zooms: [2] }]) {
        const loader = await experiment.loader({ ...request, views });
        const [batch] = await Array.fromAsync(loader.batches(0));
        const length = 7 * 7 * 3 * batch!.views;
        seen.push(batch!.ids.map((_, row) => batch!.images.subarray(row * length, row * length + 7 * 7 * 3)));
      }
      assertEquals(seen[1], seen[0]);
      const validation = await experiment.transform("val");
      const pixels = await readExamplePixels(examples[0]!, { channels: 3, maxPixels: 1000 });
      assertEquals(seen[0]![0], validation.apply(pixels, new Random(0)));
      assertNotEquals(seen[0]![0], (await project.transform("val")).apply(pixels, new Random(0)));
      const plain = await inferred(
        await project.with({
          config: {
            ...project.config,
            transform: {
              ...transform,
              params: { size: 7, mean_std },
            },
          },
        }),
      );
      assertGreater(largestDifference(await inferred(experiment), plain), 1e-3);
    }));

  it("refuses several views of a transform that gives views of its own, before anything is written", () =>
    withProject({ symmetric: true, multiLabel: true }, async (project) => {
      const transform = { name: "two_views", params: {}, num_preprocessor: 0 };
      const plugins = ["tests/fixtures/plugins/two_views.ts"];
      const own = await loadPlugins(plugins, ["transforms"]);
      project.registry.add(own.get("transforms", "two_views"), plugins[0]!);
      const experiment = await project.with({ config: { ...project.config, transform, plugins } });
      const path = join(experiment.config.train.dir, "refused.csv");
      const problem = await assertRejects(
        () => infer(experiment, { path, views: { orientations: 4 } }),
        Problem,
        '"two_views" gives 2 views',
      );
      assertEquals([problem.exitCode, await pathExists(path)], [2, false]);
    }));
});
