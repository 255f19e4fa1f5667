import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { defineTransform } from "../../../core/plugin/define.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { viewSettings } from "../../../core/predict/requested_views.ts";
import { Heard, inferHeard } from "./_heard.ts";
import { withProject } from "./_project.ts";

const SIDE = 9;

function transformOf(name: string, params: Record<string, unknown>) {
  return { transform: { name, num_preprocessor: 0, params: { size: SIDE, ...params } } };
}

describe("views that are not asked for", () => {
  const cases = [
    ["default_transform", {}, 1],
    ["policy_transform", { base: "none" }, 1],
    ["policy_transform", { base: "none", policies: [[["Blur", { p: 1 }]]] }, 1],
    ["policy_transform", { base: "mirror" }, 2],
    ["policy_transform", { base: "d4" }, 4],
    ["pipeline", { operations: [["HorizontalFlip", { p: 0 }]] }, 1],
    ["pipeline", { operations: [["HorizontalFlip", {}]] }, 2],
    ["pipeline", { operations: [["Flip", {}]] }, 4],
    // Turns alone show no mirrored picture.
    ["pipeline", { operations: [["RandomRotate90", {}]] }, 1],
  ] as const;

  it("are the flips that training showed", () =>
    withProject({ symmetric: false, multiLabel: true }, async (project) => {
      for (const [name, params, orientations] of cases) {
        const { about, heard, views, images } = await inferHeard(project, transformOf(name, params));
        assertEquals([about.orientations, views], [orientations, images * orientations], name);
        assertEquals(heard.warnings, []);
      }
    }));

  it("are one, told in a line, where a transform does not say what training showed", () =>
    withProject({ symmetric: false, multiLabel: true }, async (project) => {
      const silent = defineTransform({
        name: "silent",
        about: "Black pictures",
        params: z.strictObject({ size: z.int() }),
        create: ({ size }, { channels }) => ({
          views: 1,
          size,
          apply: () => new Float32Array(size * size * channels),
        }),
      });
      project.registry.add(silent, "requested_views_test.ts");
      // The loader's own registry knows no transform of this test, so the views are asked for without predicting.
      const output = new Heard();
      const config = { ...project.config, ...transformOf("silent", {}) };
      const experiment = await project.with({ config, output });
      assertEquals((await viewSettings(experiment, {})).orientations, 1);
      assertStringIncludes(output.lines.join(), '"silent" does not say');
      assertEquals((await viewSettings(experiment, { orientations: 8 })).orientations, 8);
      assertEquals(output.warnings, []);
    }));

  it("are those of the transform where it gives several of its own", () =>
    withProject({ symmetric: true, multiLabel: true }, async (project) => {
      const plugins = ["tests/fixtures/plugins/two_views.ts"];
      const transform = { name: "two_views", params: {}, num_preprocessor: 0 };
      const own = await loadPlugins(plugins, ["transforms"]);
      project.registry.add(own.get("transforms", "two_views"), plugins[0]!);
      const { about, views, images } = await inferHeard(project, { plugins, transform });
      assertEquals([about.orientations, views], [1, 2 * images]);
      const auto = await inferHeard(project, { plugins, transform }, { views: { orientations: "auto" } });
      assertEquals([auto.about.orientations, auto.choice], [1, null]);
      assertStringIncludes(auto.heard.lines.join("\n"), "no views to choose");
    }));
});

describe("views that are asked for", () => {
  it("are taken, with a warning where training never showed them", () =>
    withProject({ symmetric: false, multiLabel: true }, async (project) => {
      for (
        const [base, orientations, warned] of [["none", 2, 1], ["mirror", 4, 1], ["mirror", 2, 0], [
          "d4",
          8,
          0,
        ]]
      ) {
        const transform = transformOf("policy_transform", { base });
        const { about, heard } = await inferHeard(project, transform, {
          views: { orientations: Number(orientations) },
        });
        assertEquals([about.orientations, heard.warnings.length], [orientations, warned], String(base));
        assert(heard.warnings.every((text) => text.includes(`of the ${orientations} orientations`)));
      }
    }));
});
