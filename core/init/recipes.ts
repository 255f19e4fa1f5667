import type { Inspection } from "./inspect_folder.ts";

/** A recipe: what its config says beside what the folder tells. */
export interface Recipe {
  readonly about: string;
  readonly model: readonly string[];
  readonly size: number;
  readonly batch: number;
  readonly epochs: number;
  readonly train: readonly string[];
  readonly optimizer: readonly string[];
  readonly operations: readonly string[];
}

/** Flips that do not change what an image shows. */
type Flips = "none" | "mirror" | "d4";

/** Updates of a small training. */
const SMALL_UPDATES = 2500;

/** Digits, letters and signs change when they are mirrored; they are small and gray. */
function flipsOf({ layout, measures }: Inspection): Flips {
  if (layout.channels.length > 3) return "d4";
  return layout.channels.length === 1 && middleSide(measures) <= 64 ? "none" : "mirror";
}

const FLIP_LINES: Readonly<Record<Flips, readonly string[]>> = {
  none: ["# No flips: small gray pictures may be characters. Photographs: - [HorizontalFlip, {}]"],
  mirror: [
    "# Characters and maps change when they are mirrored: take it out for them. From above (satellite, microscope): also",
    "# [RandomRotate90, {}], [Flip, {}] and [Transpose, {}].",
    "- [HorizontalFlip, {}]",
  ],
  d4: ["- [RandomRotate90, {}]", "- [Flip, {}]", "- [Transpose, {}]"],
};

/** Middle of the images' shorter sides; 512 where they could not be measured. */
export function middleSide(measures: Inspection["measures"]): number {
  return measures === null ? 512 : Math.min(measures.width[1], measures.height[1]);
}

function multipleOf(step: number, value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, step * Math.round(value / step)));
}

function epochsFor(updates: number, images: number, batch: number): number {
  return Math.min(60, Math.max(8, Math.ceil(updates * batch / images)));
}

/** A net that trains in minutes on a CPU. */
export function smallRecipe(inspection: Inspection): Recipe {
  const { images: { train }, measures } = inspection;
  const batch = train < 5000 ? 16 : 32;
  return {
    about: "A small net that trains on a CPU in minutes: the first submission.",
    model: ["name: resnet18", "params: { width: 16 }"],
    size: multipleOf(16, middleSide(measures), [32, 128]),
    batch,
    epochs: epochsFor(SMALL_UPDATES, train, batch),
    train: ["ema: 0.99"],
    optimizer: ["name: adamw", "params: { lr: 0.002, weight_decay: 0.02 }"],
    operations: [
      ...FLIP_LINES[flipsOf(inspection)],
      "- [ShiftScaleRotate, { shift_limit: 0.1, scale_limit: 0.15, rotate_limit: 15, p: 0.8 }]",
      "- [RandomBrightness, { limit: 0.1 }]",
      "- [RandomContrast, { limit: 0.1 }]",
    ],
  };
}

/** A large net with the recipe of today, for a GPU. */
export function strongRecipe(inspection: Inspection): Recipe {
  const { target, measures } = inspection;
  const side = multipleOf(32, middleSide(measures), [64, 384]);
  const mixes = target !== "value" && target !== "grade";
  const model = side >= 128
    ? [
      "name: convnext_tiny",
      "# deno task download_weights hf:timm/convnext_tiny.fb_in1k, then:",
      '# params: { pretrained: "hf:timm/convnext_tiny.fb_in1k" }',
    ]
    : [
      "name: resnet34",
      "# deno task download_weights hf:timm/resnet34.a1_in1k, then:",
      '# params: { pretrained: "hf:timm/resnet34.a1_in1k" }',
    ];
  return {
    about: "A large net, for a GPU or a long night.",
    model,
    size: side,
    batch: 32,
    epochs: 30,
    train: ["warmup_steps: 200", "clip_norm: 1", "ema: 0.999", ...mixes ? ["mixup: 0.2", "cutmix: 1"] : []],
    optimizer: ["name: adamw", "params: { lr: 0.0005, weight_decay: 0.05 }"],
    operations: [
      ...FLIP_LINES[flipsOf(inspection)],
      "- [ShiftScaleRotate, { shift_limit: 0.06, scale_limit: 0.2, rotate_limit: 15, p: 0.7 }]",
      "- [TrivialAugmentWide, {}]",
    ],
  };
}
