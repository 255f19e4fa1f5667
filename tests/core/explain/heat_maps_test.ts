import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { Experiment } from "../../../core/experiment/experiment.ts";
import { explain } from "../../../core/explain/explain.ts";
import { gradCam } from "../../../core/explain/grad_cam.ts";
import { heatMaps } from "../../../core/explain/heat_maps.ts";
import { decodeImage } from "../../../core/image/decode.ts";
import { openModel } from "../../../core/predict/open_model.ts";
import { Predictor } from "../../../core/predict/predictor.ts";
import { Random } from "../../../core/base/random.ts";
import { withProject } from "../predict/_project.ts";

const PROJECT = { symmetric: true, multiLabel: false };
const IDS = ["picture07", "picture00", "picture19"];
const CLASS_OF: Readonly<Record<string, number>> = { picture07: 2, picture00: 0, picture19: 1 };
const NAMES = ["a", "b", "c"];
const classOf = (id: string) => CLASS_OF[id]!;

function read(dir: string, id: string): Promise<Uint8Array> {
  return Deno.readFile(join(dir, "test", `${id}.png`));
}

/** The project with its pictures cut into four tiles. */
function tiled({ config, path, registry }: Experiment): Experiment {
  const params = { size: config.transform.params.size, grid: [2, 2] };
  const transform = { ...config.transform, name: "tiles", params };
  return new Experiment({ path, registry, config: { ...config, transform } });
}

describe("heat maps of an experiment's images", () => {
  it("are those of the model on what the validation transform makes of them", async () => {
    await withProject(PROJECT, async (experiment, dir) => {
      const maps = await heatMaps(experiment, IDS, { classOf, split: "test" });
      assertEquals(new Set(maps.keys()), new Set(IDS));
      const { model, transform } = await openModel(experiment);
      for (const id of IDS) {
        const pixels = await decodeImage(await read(dir, id), { channels: 3 });
        assert(pixels.data instanceof Uint8Array);
        const input = transform.apply({ ...pixels, data: pixels.data }, new Random(0));
        const values = await gradCam(model, input, { target: classOf(id) });
        assertEquals(maps.get(id), { rows: transform.size, cols: transform.size, values, view: 0 });
      }
      model.dispose();
    });
  });
  it("are those that a program gets for the images' files", async () => {
    await withProject(PROJECT, async (experiment, dir) => {
      for (const project of [experiment, tiled(experiment)]) {
        const maps = await heatMaps(project, IDS, { classOf, split: "test" });
        const predictor = new Predictor(await openModel(project));
        for (const id of IDS) {
          const name = NAMES[classOf(id)]!;
          assertEquals(await explain(predictor, await read(dir, id), { class: name }), maps.get(id));
        }
        predictor.dispose();
      }
    });
  });
  it("are none for no images", async () => {
    await withProject(PROJECT, async (experiment) => {
      assertEquals(await heatMaps(experiment, [], { classOf, split: "test" }), new Map());
    });
  });
  it("are refused for an image that is not in the split", async () => {
    await withProject(PROJECT, async (experiment) => {
      const map = () => heatMaps(experiment, ["picture07", "pictur19"], { classOf, split: "test" });
      const { kind } = await assertRejects(
        map,
        Problem,
        `"pictur19": it is not in the split test of test.yml`,
      );
      assertEquals(kind, "data");
    });
  });
});

describe("explaining to a program", () => {
  it("takes the view that shows most of the class", async () => {
    await withProject(PROJECT, async (experiment, dir) => {
      const opened = await openModel(tiled(experiment)), predictor = new Predictor(opened);
      const image = await read(dir, IDS[0]!);
      const { views, size } = opened.transform;
      const input = await predictor.inputOf(image), length = input.length / views;
      assertEquals([views, length], [4, size * size * 3]);
      const seen = new Set<number>();
      for (const name of NAMES) {
        const { view, values } = await explain(predictor, image, { class: name });
        const own = input.slice(view * length, (view + 1) * length);
        assertEquals(values, await gradCam(opened.model, own, { target: NAMES.indexOf(name) }));
        seen.add(view);
      }
      assert(seen.size > 1, "not all classes are seen best in the same tile");
      predictor.dispose();
    });
  });
  it("names the classes when asked for another", async () => {
    await withProject(PROJECT, async (experiment, dir) => {
      const predictor = new Predictor(await openModel(experiment));
      const image = await read(dir, IDS[0]!);
      const { kind, next } = await assertRejects(
        () => explain(predictor, image, { class: "d" }),
        Problem,
        '"d"',
      );
      assertEquals([kind, next?.includes("known: a, b, c")], ["config", true]);
      predictor.dispose();
    });
  });
});
