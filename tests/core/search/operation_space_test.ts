import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadPlugins, Registry } from "../../../core/plugin/registry.ts";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";
import { sampleOperation } from "../../../core/search/policy/sample_policy.ts";
import { operationSpaces } from "../../../core/search/policy/operation_space.ts";

const registry = await loadPlugins([], ["augmentations"]);
const all = { operations: null, space: {} };

/** The names in upstream's POLICIES. */
const UPSTREAM = [
  "Blur",
  "ElasticTransform",
  "GridDistortion",
  "InvertImg",
  "MotionBlur",
  "RandomBrightness",
  "RandomContrast",
  "RandomGamma",
  "RandomScale",
  "Rotate",
  "ShiftScaleRotate",
];

describe("search space", () => {
  it("holds upstream's operations, and every draw is one its plugin takes", () => {
    const spaces = operationSpaces(registry, all);
    for (const name of UPSTREAM) assert(spaces.some((space) => space.name === name), name);
    for (const space of spaces) {
      for (let n = 0; n < 20; n++) {
        const [name, params] = sampleOperation(space, new Random(n, "draw"));
        registry.get("augmentations", name).create(params, {});
      }
    }
  });

  it("takes ranges from the config, also for an operation without its own", () => {
    const space = { ElasticTransform: { alpha_affine: [2, 6] }, Posterize: { p: { choice: [0.5] } } };
    const spaces = operationSpaces(registry, { operations: ["ElasticTransform", "Posterize"], space });
    assertEquals(spaces.map(({ name }) => name), ["ElasticTransform", "Posterize"]);
    assertEquals(spaces[0]!.space["alpha_affine"], [2, 6]);
    assertEquals(spaces[0]!.space["sigma"], [30, 70]);
  });

  it("refuses unknown operations, ranges a plugin refuses, and a single operation", () => {
    const refuse = (options: Partial<typeof all>, message: string) =>
      assertThrows(() => operationSpaces(registry, { ...all, ...options }), Problem, message);
    refuse({ operations: ["Rotat", "Blur"] } as never, 'did you mean "Rotate"');
    refuse({ space: { Rotat: {} } }, 'did you mean "Rotate"');
    refuse({ space: { Rotate: { limit: "far" } } }, 'search.space.Rotate.limit: "far"');
    refuse({ operations: ["Blur"] } as never, "two different ones");
    assertThrows(() => operationSpaces(new Registry(), all), Problem, "two different ones");
  });
});
