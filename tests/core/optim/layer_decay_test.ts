import { assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { namedParameters } from "../../../core/nn/named_variables.ts";
import { layerDecayFactor, layersToHead } from "../../../core/optim/layer_decay.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import type { StoredTensor } from "../../../core/weights/safetensors.ts";
import { withOurNames } from "../../../core/weights/timm_names.ts";
import { smallModel } from "../../contract/_small_models.ts";
import golden from "../../golden/layer_decay.json" with { type: "json" };

await tf.setBackend("cpu");
const registry = await loadPlugins([], ["models"]);
const SCALES = golden.models as unknown as Record<string, [name: string, rank: number, scale: number][]>;
const EMPTY: StoredTensor = { dtype: "F32", shape: [1], data: new Uint8Array(4) };

/** timm's scales by our names of the parameters. */
function timmScales(architecture: string, expected: ReadonlySet<string>): Map<string, number> {
  const scales = SCALES[architecture]!;
  const { tensors } = withOurNames(new Map(scales.map(([name]) => [name, EMPTY])), expected);
  return new Map([...tensors.keys()].map((name, index) => [name, scales[index]![2]]));
}

/** Distances of parameters of these names; all are matrices but those that end with `bias` or belong to a norm. */
function distances(names: readonly string[], heads: readonly string[]): number[] {
  const rankOf = (name: string) => /bias$|norm|bn/.test(name) ? 1 : 2;
  const parameters = new Map(names.map((name) => [name, { rank: rankOf(name) }]));
  return [...layersToHead({ parameters, heads: new Set(heads) }).values()];
}

describe("layerDecayFactor()", () => {
  const registered = new Set(registry.list("models").map(({ name }) => name));
  for (const name of Object.keys(SCALES).filter((name) => registered.has(name))) {
    it(`gives each parameter of ${name} timm's scale`, () => {
      const model = smallModel(registry.get("models", name), registry);
      const names = new Set(namedParameters(model).keys());
      const factor = layerDecayFactor(model, golden.decay);
      const expected = timmScales(name, names);
      assertEquals(new Set(expected.keys()), names);
      for (const [parameter, scale] of expected) {
        assertAlmostEquals(factor(parameter), scale, 1e-12, parameter);
      }
      model.dispose();
    });
  }

  it("gives a wrapper's backbone the groups of its model", () => {
    const plugin = registry.get("models", "attention");
    const context = { classes: 3, channels: 4, size: 40, seed: 1 };
    const model = plugin.create({ cnn: "convnext_tiny", cnn_params: { width: 8 } }, {
      ...context,
      model: (name, params) =>
        registry.get("models", name).create(params, { ...context, model: () => model }),
    });
    const factor = layerDecayFactor(model, 0.5);
    assertEquals(["last_linear.weight", "attention.weight"].map(factor), [1, 1]);
    assertEquals(factor("features.6.1.weight"), factor("features.7.0.block.0.weight"));
    model.dispose();
  });

  for (const plugin of registry.list("models")) {
    it(`falls from the head of ${plugin.name} to its first layer, in several steps`, () => {
      const model = smallModel(plugin, registry);
      const names = [...namedParameters(model).keys()];
      const factors = new Set(names.map(layerDecayFactor(model, 0.5)));
      assertEquals(Math.max(...factors), 1);
      assertEquals(layerDecayFactor(model, 0.5)(names[0]!), Math.min(...factors));
      assertEquals([...factors].sort((a, b) => b - a), [...factors].map((_, step) => 0.5 ** step));
      model.dispose();
    });
  }
});

describe("layersToHead()", () => {
  for (const [name, head] of [["vit_small_patch16_224", "head"], ["convnextv2_tiny", "head.fc"]] as const) {
    it(`derives timm's groups from its names of the parameters of ${name}`, () => {
      // A forward pass sees the patches first, then the token and the positions.
      const embedsFirst = ([name]: [string, ...unknown[]]) => name.startsWith("patch_embed") ? 0 : 1;
      const ordered = SCALES[name]!.toSorted((a, b) => embedsFirst(a) - embedsFirst(b));
      const parameters = new Map(ordered.map(([name, rank]) => [name, { rank }]));
      const away = layersToHead({ parameters, heads: new Set([head]) });
      for (const [name, , scale] of ordered) {
        assertAlmostEquals(golden.decay ** away.get(name)!, scale, 1e-12, name);
      }
    });
  }

  it("counts a token in front of the first layer to the stem", () => {
    const names = ["cls_token", "patch_embed.proj.weight", "blocks.0.fc.weight", "head.weight"];
    assertEquals(distances(names, ["head"]), [2, 2, 1, 0]);
  });

  it("counts plain layers, and normalisations with what they normalise", () => {
    const names = ["conv1.weight", "bn1.weight", "conv2.weight", "conv2.bias", "fc.weight", "fc.bias"];
    assertEquals(distances(names, ["fc"]), [2, 2, 1, 1, 0, 0]);
  });

  it("puts all heads and what shares their group at 0, wherever they stand", () => {
    const names = ["a.weight", "aux.0.conv.weight", "b.weight", "aux.0.fc.weight", "fc.weight"];
    assertEquals(distances(names, ["aux.0.fc", "fc"]), [2, 0, 1, 0, 0]);
  });
});
