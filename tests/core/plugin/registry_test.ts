import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { describePlugins } from "../../../core/plugin/catalogue.ts";
import { defineLoss, type Plugin } from "../../../core/plugin/define.ts";
import { loadPlugins, PLUGIN_KINDS, Registry } from "../../../core/plugin/registry.ts";
import { Problem } from "../../../core/base/problem.ts";

const sample = defineLoss({
  name: "sample",
  about: "A sample",
  params: z.strictObject({ gamma: z.number().default(2).describe("Focus") }),
  create: () => ({
    activation: "sigmoid",
    compute: () => {
      throw new Error("not used");
    },
  }),
});

describe("Registry", () => {
  it("answers an unknown name with the nearest one", () => {
    const registry = new Registry();
    registry.add(sample as unknown as Plugin, "sample.ts");
    const problem = assertThrows(() => registry.get("losses", "sampel"), Problem);
    assertStringIncludes(problem.message, 'did you mean "sample"?');
  });
  it("refuses a name that is taken", () => {
    const registry = new Registry();
    registry.add(sample as unknown as Plugin, "a.ts");
    assertThrows(() => registry.add(sample as unknown as Plugin, "b.ts"), Problem, "is taken");
  });
  it("refuses parameters that the plugin does not know", () => {
    assertThrows(() => sample.create({ gama: 1 }, { classes: 2, target: "class_set" }), z.ZodError);
  });
});

describe("loadPlugins()", () => {
  it("refuses files outside the working folder", async () => {
    const path = await Deno.makeTempFile({ suffix: ".ts" });
    await assertRejects(() => loadPlugins([path]), Problem, "only .ts files inside");
    await Deno.remove(path);
  });
  it("refuses a file that is not there", async () => {
    await assertRejects(() => loadPlugins(["plugins/nothing.ts"]), Problem, "no such file");
  });
});

const registry = await loadPlugins();

describe("every registered plugin", () => {
  for (const kind of PLUGIN_KINDS) {
    it(`of ${kind} is described, with described parameters`, () => {
      for (const entry of describePlugins(registry, { kind })) {
        assert(entry.about.length > 10, `${kind}/${entry.name} says what it is`);
        for (const parameter of entry.params) {
          assert(parameter.about.length > 3, `${kind}/${entry.name} describes ${parameter.name}`);
        }
      }
    });
  }
  it("kinds are known", () => assertEquals(PLUGIN_KINDS.length > 8, true));
});
