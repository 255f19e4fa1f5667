import type { NameMap } from "./name_map.ts";

/** timm's modules outside the stages. */
const OUTSIDE: ReadonlyMap<string, string> = new Map([
  ["stem.0", "features.0.0"],
  ["stem.1", "features.0.1"],
  ["head.norm", "classifier.0"],
  ["head.fc", "classifier.2"],
]);

/** timm's modules in a block. */
const BLOCK: ReadonlyMap<string, string> = new Map([
  ["conv_dw", "block.0"],
  ["norm", "block.2"],
  ["mlp.fc1", "block.3"],
  ["mlp.fc2", "block.5"],
]);

const IN_STAGE = /^stages\.(\d+)\.(downsample|blocks)\.(\d+)(?:\.(.+))?$/;

function torchvisionModule(module: string): string | undefined {
  const found = IN_STAGE.exec(module);
  if (!found) return OUTSIDE.get(module);
  const [, stage, part, number, inner] = found as unknown as [string, string, string, string, string?];
  if (part === "downsample") return inner ? undefined : `features.${2 * Number(stage)}.${number}`;
  const block = `features.${2 * Number(stage) + 1}.${number}`;
  if (inner === undefined) return block;
  const place = BLOCK.get(inner);
  return place && `${block}.${place}`;
}

/**
 * timm's names of ConvNeXt as torchvision's; the nets are equal. timm keeps a block's factors as `gamma`, `(channels)`,
 * torchvision as `layer_scale`, `(channels, 1, 1)`.
 *
 * Source: timm/models/convnext.py, `convnext_tiny`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(timmConvNext.module("stages.1.downsample.1"), "features.2.1");
 * assertEquals(timmConvNext.module("stages.2.blocks.4.mlp.fc1"), "features.5.4.block.3");
 * ```
 */
export const timmConvNext: NameMap = {
  family: "ConvNeXt",
  signs: ["stem.0.weight", "stages.0.blocks.0.conv_dw.weight"],
  module: torchvisionModule,
  tensor: { from: "gamma", to: "layer_scale", shape: ([channels]) => [channels!, 1, 1] },
};
