import type { StoredTensor } from "./safetensors.ts";
import type { NameMap } from "./name_map.ts";
import { timmConvNext } from "./timm_convnext.ts";
import { timmEfficientNet } from "./timm_efficientnet.ts";

/** The families that timm names otherwise. The residual nets, SE-ResNeXts and Inception have the same names in both. */
const FAMILIES: readonly NameMap[] = [timmConvNext, timmEfficientNet];

/** Tensors under our names. */
export interface NamedTensors {
  readonly tensors: Map<string, StoredTensor>;
  /** The file's name of each tensor that was renamed. */
  readonly fileNames: ReadonlyMap<string, string>;
  /** The family whose names were found; null when nothing was renamed. */
  readonly family: string | null;
}

function ourName(map: NameMap, name: string): string | undefined {
  const dot = name.lastIndexOf(".");
  const module = map.module(name.slice(0, dot));
  const tensor = name.slice(dot + 1);
  return module && `${module}.${tensor === map.tensor?.from ? map.tensor.to : tensor}`;
}

function reshaped({ tensor }: NameMap, name: string, stored: StoredTensor): StoredTensor {
  if (!tensor || !name.endsWith(`.${tensor.from}`) || stored.shape.length !== 1) return stored;
  return { ...stored, shape: tensor.shape(stored.shape) };
}

/**
 * Gives the tensors of a file with timm's names the names of the same net here. A file is taken for timm's when it has
 * all tensors that are typical of a family (`NameMap.signs`) and the model has them under our names only. A tensor that no
 * rule renames, or whose new name is taken, keeps its name, so that loading refuses it.
 *
 * @param found tensors by the file's names
 * @param expected names of the model's tensors
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const tensor = { dtype: "F32", shape: [1], data: new Uint8Array(4) };
 * const found = new Map(["conv_stem.weight", "blocks.0.0.conv_dw.weight", "other"].map((name) => [name, tensor]));
 * const { tensors } = withOurNames(found, new Set(["features.0.0.weight", "features.1.0.block.0.0.weight"]));
 * assertEquals([...tensors.keys()], ["features.0.0.weight", "features.1.0.block.0.0.weight", "other"]);
 * ```
 */
export function withOurNames(
  found: ReadonlyMap<string, StoredTensor>,
  expected: { has(name: string): boolean },
): NamedTensors {
  const fits = (map: NameMap) => (sign: string) =>
    found.has(sign) && !expected.has(sign) && expected.has(ourName(map, sign) ?? "");
  const map = FAMILIES.find((map) => map.signs.every(fits(map)));
  if (!map) return { tensors: new Map(found), fileNames: new Map(), family: null };
  const tensors = new Map<string, StoredTensor>();
  const fileNames = new Map<string, string>();
  for (const [name, stored] of found) {
    const ours = ourName(map, name);
    const free = ours !== undefined && !found.has(ours) && !tensors.has(ours);
    tensors.set(free ? ours : name, free ? reshaped(map, name, stored) : stored);
    if (free) fileNames.set(ours, name);
  }
  return { tensors, fileNames, family: map.family };
}
