import type { NameMap } from "./name_map.ts";

/** timm's modules outside the blocks. */
const OUTSIDE: ReadonlyMap<string, string> = new Map([
  ["conv_stem", "features.0.0"],
  ["bn1", "features.0.1"],
  ["conv_head", "features.8.0"],
  ["bn2", "features.8.1"],
  ["classifier", "classifier.1"],
]);

/** timm's modules in a block of stage 0, which widens nothing. */
const FIRST_STAGE: ReadonlyMap<string, string> = new Map([
  ["conv_dw", "0.0"],
  ["bn1", "0.1"],
  ["se.conv_reduce", "1.fc1"],
  ["se.conv_expand", "1.fc2"],
  ["conv_pw", "2.0"],
  ["bn2", "2.1"],
]);

/** timm's modules in a block of the later stages. */
const LATER_STAGES: ReadonlyMap<string, string> = new Map([
  ["conv_pw", "0.0"],
  ["bn1", "0.1"],
  ["conv_dw", "1.0"],
  ["bn2", "1.1"],
  ["se.conv_reduce", "2.fc1"],
  ["se.conv_expand", "2.fc2"],
  ["conv_pwl", "3.0"],
  ["bn3", "3.1"],
]);

const BLOCK = /^blocks\.(\d+)\.(\d+)\.(.+)$/;

function torchvisionModule(module: string): string | undefined {
  const found = BLOCK.exec(module);
  if (!found) return OUTSIDE.get(module);
  const [, stage, block, inner] = found as unknown as [string, string, string, string];
  const place = (stage === "0" ? FIRST_STAGE : LATER_STAGES).get(inner);
  return place && `features.${Number(stage) + 1}.${block}.block.${place}`;
}

/**
 * timm's names of EfficientNet as torchvision's; the nets are equal.
 *
 * Source: timm/models/efficientnet.py, `efficientnet_b0` to `efficientnet_b4`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(timmEfficientNet.module("blocks.0.0.conv_pw"), "features.1.0.block.2.0");
 * assertEquals(timmEfficientNet.module("blocks.3.1.conv_pw"), "features.4.1.block.0.0");
 * ```
 */
export const timmEfficientNet: NameMap = {
  family: "EfficientNet",
  signs: ["conv_stem.weight", "blocks.0.0.conv_dw.weight"],
  module: torchvisionModule,
};
