import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { ModelContext } from "../../../core/plugin/contracts.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { Problem } from "../../../core/base/problem.ts";
import { modelWeights, storeWeights, type WeightTensor } from "../../../core/weights/model_weights.ts";
import { applyPretrained } from "../../../core/weights/pretrained.ts";
import { splitWeightOptions } from "../../../core/weights/weight_options.ts";
import { type StoredTensor, writeSafetensors } from "../../../core/weights/safetensors.ts";
import { readWeightFile } from "../../../core/weights/weight_file.ts";

await tf.setBackend("cpu");
const registry = await loadPlugins([], ["models"]);

interface Wanted {
  readonly name?: string;
  readonly channels?: number;
  readonly classes?: number;
  readonly seed?: number;
  readonly params?: Record<string, unknown>;
}

function makeModel(
  { name = "resnet18", channels = 3, classes = 5, seed = 1, params = { width: 2 } }: Wanted = {},
): tf.LayersModel {
  const context: ModelContext = {
    ...{ channels, classes, seed, size: 32 },
    model: (inner, settings) => registry.get("models", inner).create(settings, context),
  };
  return registry.get("models", name).create(params, context);
}

async function stored(model: tf.LayersModel): Promise<Map<string, StoredTensor>> {
  return storeWeights(await modelWeights(model));
}

/** Writes tensors, loads them into a model as `model.params` asks, and gives its weights and what was told. */
async function load(
  tensors: ReadonlyMap<string, StoredTensor>,
  model: tf.LayersModel,
  params: Record<string, unknown> = {},
): Promise<{ weights: Map<string, WeightTensor>; lines: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const pretrained = join(folder, "weights.safetensors");
    await Deno.writeFile(pretrained, writeSafetensors(tensors));
    const lines = await applyPretrained(model, splitWeightOptions({ ...params, pretrained }).options);
    return { weights: await modelWeights(model), lines };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the keys about weights are taken out of the model's parameters", () => {
  const { options, params } = splitWeightOptions({ width: 8, pretrained: "a.pth" });
  assertEquals([options, params], [{ pretrained: "a.pth", in_channels: "copy_red", freeze: [] }, {
    width: 8,
  }]);
});

Deno.test("a fitting file is loaded whole", async () => {
  const from = makeModel({ seed: 2 });
  const { weights, lines } = await load(await stored(from), makeModel());
  assertEquals(weights, await modelWeights(from));
  assertEquals(lines.length, 1);
});

Deno.test("a fourth channel copies the red filters", async () => {
  const from = makeModel({ seed: 2 });
  const { weights, lines } = await load(await stored(from), makeModel({ channels: 4 }));
  const [before, after] = [(await modelWeights(from)).get("conv1.weight")!, weights.get("conv1.weight")!];
  assertEquals(after.shape, [2, 4, 7, 7]);
  assertEquals(after.data.slice(0, 147), before.data.slice(0, 147));
  assertEquals(after.data.slice(147, 196), before.data.slice(0, 49));
  assertStringIncludes(lines.join("\n"), "conv1.weight: 3 channels made 4 by copy_red");
});

Deno.test("a head for other classes keeps its initial values and says so", async () => {
  const fresh = makeModel({ classes: 7 });
  const initial = (await modelWeights(fresh)).get("fc.weight");
  const { weights, lines } = await load(await stored(makeModel({ seed: 2 })), fresh);
  assertEquals(weights.get("fc.weight"), initial);
  assertStringIncludes(lines.join("\n"), "fc: initial values (the file's has 5 outputs)");
});

Deno.test("an attention head takes its backbone from the plain model's file", async () => {
  const params = { cnn: "resnet18", cnn_params: { width: 2 }, attention_size: 2 };
  const { weights, lines } = await load(
    await stored(makeModel({ seed: 2 })),
    makeModel({ name: "attention", params }),
  );
  assertEquals(weights.get("conv1.weight"), (await modelWeights(makeModel({ seed: 2 }))).get("conv1.weight"));
  assertStringIncludes(lines.join("\n"), "attention: initial values (not in the file)");
  assertStringIncludes(lines.join("\n"), '"fc.bias", "fc.weight": not used');
});

Deno.test("names that wrappers put in front are taken off", async () => {
  const from = makeModel({ seed: 2 });
  const wrapped = new Map([...await stored(from)].map(([name, tensor]) => [`module.${name}`, tensor]));
  assertEquals((await load(wrapped, makeModel())).weights, await modelWeights(from));
});

Deno.test("another architecture is refused with the first differences and their number", async () => {
  const tensors = await stored(makeModel({ name: "resnet34" }));
  const problem = await assertRejects(
    () => load(tensors, makeModel()),
    Problem,
    'surplus "layer1.2.bn1.bias"',
  );
  assertStringIncludes(problem.message, "and 91 more");
  assertEquals(problem.exitCode, 3);
});

Deno.test("weights that are not there name the next step", async () => {
  const problem = await assertRejects(() => readWeightFile("hf:timm/none"), Problem);
  assertStringIncludes(problem.next!, "deno task download_weights hf:timm/none");
  assert((await assertRejects(() => readWeightFile("none.pth"), Problem)).message.includes("none.pth"));
});
