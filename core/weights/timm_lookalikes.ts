import { basename, dirname } from "@std/path";
import { configProblem } from "../base/problem.ts";
import { hubRepository } from "./weight_file.ts";

/**
 * timm's nets whose tensors have the names and shapes of another net, which computes something else with them: only the
 * name of the file can tell. tests/golden/timm_reference.py finds them among timm's nets.
 */
const LOOKALIKES: readonly (readonly [name: string, difference: string])[] = [
  ["tf_efficientnet_", "pads as TensorFlow does (SAME) and normalises with epsilon 1e-3"],
  ["resnetaa", "averages before it halves the sides"],
  ["resnetblur", "blurs before it halves the sides"],
];
/** Names that every repository of the hub gives to its file. */
const HUB_FILES: readonly string[] = ["model.safetensors", "pytorch_model.bin"];

/** What a source of weights is called: the hub's repository, the file, or the folder of a file with the hub's name. */
function sourceName(source: string): string {
  const repository = hubRepository(source);
  if (repository !== null) return basename(repository);
  return HUB_FILES.includes(basename(source)) ? basename(dirname(source)) : basename(source);
}

/**
 * Refuses weights that would load without an error into a net they were not trained for, by the name of their source.
 *
 * @param source as in `model.params.pretrained`
 * @param model name of the model; a model of the weights' own name may have them
 * @throws Problem (config) when timm's net of that name differs from the one its tensors look like
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * assertThrows(() => refuseLookalike("hf:timm/tf_efficientnet_b0.ns_jft_in1k", "efficientnet_b0"));
 * assertThrows(() => refuseLookalike("data/weights/timm/resnetblur50.bt_in1k/model.safetensors", "resnet50"));
 * refuseLookalike("hf:timm/efficientnet_b0.ra_in1k", "efficientnet_b0");
 * ```
 */
export function refuseLookalike(source: string, model: string): void {
  const name = sourceName(source);
  const found = LOOKALIKES.find(([lookalike]) => name.startsWith(lookalike) && !model.includes(lookalike));
  if (!found) return;
  throw configProblem(
    `Cannot load "${source}" into ${model}: by its name it is of timm's ${
      found[0]
    }* nets. Their tensors are named alike, ` +
      `but such a net ${found[1]}, and ${model} does not`,
    "Take weights of the net itself, such as hf:timm/efficientnet_b0.ra_in1k or hf:timm/resnet50.a1_in1k; " +
      "where the name is wrong, rename the file",
  );
}
