import { assert, assertEquals, assertGreater, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readPredictions } from "../../../core/predictions/predictions.ts";
import { Problem } from "../../../core/base/problem.ts";
import { inferHeard } from "./_heard.ts";
import { withProject } from "./_project.ts";

const TILES = { name: "tiles", num_preprocessor: 0, params: { size: 5, grid: [2, 2], overlap: 0.2 } };

async function probabilities(path: string): Promise<Float64Array> {
  return (await readPredictions(path, { classes: 3 })).probabilities;
}

describe("tiles in inference", () => {
  it("are all predicted and merged, turned where several views are asked for", () =>
    withProject({ symmetric: true, multiLabel: true }, async (project) => {
      const one = await inferHeard(project, { transform: TILES });
      assertEquals(one.views, 4 * one.images);
      const upright = await probabilities(one.path);
      const four = await inferHeard(project, { transform: TILES }, { views: { orientations: 4 } });
      assertEquals(four.views, 16 * four.images);
      const turned = await probabilities(four.path);
      // This model sees no difference between a tile and the same one turned.
      for (const [i, value] of turned.entries()) assert(Math.abs(value - upright[i]!) < 1e-6);
      const gmean = await inferHeard(project, { transform: TILES }, { merge: "gmean" });
      const merged = await probabilities(gmean.path);
      assert(merged.some((value, i) => Math.abs(value - upright[i]!) > 1e-6));
      const stopped = await inferHeard(project, { transform: TILES }, { stop: 0.5 });
      assertGreater(stopped.viewsLeftOut, 0);
    }));

  it("do not depend on the batch size, which is divided by their number", () =>
    withProject({ symmetric: false, multiLabel: false }, async (project) => {
      const examples = await project.testExamples();
      const experiment = await project.with({ config: { ...project.config, transform: TILES } });
      const loader = await experiment.loader({ examples, split: "val", batchSize: 40, shuffle: false });
      for await (const { count, views, index } of loader.batches(0)) {
        assertEquals([count, views], [index < 2 ? 10 : 4, 4]);
      }
      loader.close();
      const [large, small] = [
        await probabilities((await inferHeard(project, { transform: TILES })).path),
        await probabilities(
          (await inferHeard(project, { transform: TILES, eval: { batch_size: 1, precision: "float32" } }))
            .path,
        ),
      ];
      for (const [i, value] of large.entries()) assert(Math.abs(value - small[i]!) < 1e-6);
    }));

  it("are not cut again", () =>
    withProject({ symmetric: true, multiLabel: true }, async (project) => {
      const crops = { orientations: 1, zooms: [1.5] };
      const problem = await assertRejects(
        () => inferHeard(project, { transform: TILES }, { views: crops }),
        Problem,
        '"tiles" gives 4 views of its own, which may be turned, not cut again',
      );
      assertEquals(problem.kind, "config");
      assertStringIncludes(problem.next!, "without --tta_zooms and --tta_corners");
    }));
});
