import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import type { Experiment } from "../../../core/experiment/experiment.ts";
import { infer, type InferenceRequest } from "../../../core/predict/infer.ts";
import { inferPart, joinParts } from "../../../core/predict/infer_part.ts";
import { withProject } from "./_project.ts";

/** The prediction file and the one beside it: written at once, and from so many parts. */
async function bothWays(
  experiment: Experiment,
  { count, request, dir }: {
    readonly count: number;
    readonly request: InferenceRequest;
    readonly dir: string;
  },
): Promise<[whole: string[], joined: string[]]> {
  const read = async (path: string) => [
    await Deno.readTextFile(path),
    await Deno.readTextFile(`${path}.json`),
  ];
  const whole = await infer(experiment, { ...request, path: join(dir, "whole.csv") });
  const parts = Array.from({ length: count }, (_, i) => join(dir, `${i}.json`));
  for (const [i, path] of parts.entries()) {
    await inferPart(experiment, { ...request, path }, { index: i + 1, count });
  }
  const joined = await joinParts(experiment, { ...request, path: join(dir, "joined.csv") }, parts);
  assertEquals([joined.views, joined.viewsLeftOut], [whole.views, whole.viewsLeftOut]);
  return [await read(whole.path), await read(joined.path)];
}

describe("inference in parts", () => {
  // 24 pictures in batches of 10: three of them, the last one short.
  for (const count of [1, 2, 3, 7]) {
    it(`joins ${count} to the bytes of the whole`, () =>
      withProject({ symmetric: false, multiLabel: true }, async (experiment, dir) => {
        for (const stop of [undefined, 0.3]) {
          const request = { views: { orientations: 4 }, stop };
          const [whole, joined] = await bothWays(experiment, { count, request, dir });
          assertEquals(joined, whole);
        }
      }));
  }

  it("gives a picture that is missing the mean of all parts, as the whole does", () =>
    withProject({ symmetric: false, multiLabel: true }, async (experiment, dir) => {
      await Deno.remove(join(dir, "test", "picture07.png"));
      await Deno.writeTextFile(join(dir, "test", "picture13.png"), "no picture");
      const { config } = experiment;
      const skipping = await experiment.with({
        config: { ...config, data: { ...config.data, on_broken: "skip" } },
      });
      const [whole, joined] = await bothWays(skipping, { count: 2, request: {}, dir });
      assertEquals(joined, whole);
    }));

  it("refuses what depends on all images, and parts of another request", () =>
    withProject({ symmetric: false, multiLabel: true }, async (experiment, dir) => {
      const part = { index: 1, count: 2 }, path = join(dir, "1.json"), other = join(dir, "2.json");
      for (const request of [{ merge: "rank" as const }, { views: { orientations: "auto" as const } }]) {
        await assertRejects(() => inferPart(experiment, { ...request, path }, part), Problem, "in parts");
      }
      await inferPart(experiment, { path }, part);
      await inferPart(experiment, { path: other, views: { orientations: 2 } }, { index: 2, count: 2 });
      await assertRejects(() => joinParts(experiment, {}, [path, other]), Problem, "another config");
      await Deno.writeTextFile(other, "{");
      await assertRejects(() => joinParts(experiment, {}, [path, other]), Problem, "damaged");
    }));
});
