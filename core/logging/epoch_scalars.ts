import type { LoggedEpoch, LoggedScores } from "../plugin/logger_contracts.ts";

/** Tags that differ from the score's name. */
const TAGS: Readonly<Record<string, string>> = {
  accuracy: "acc",
  macro_f1: "f1",
  macro_f1_occurring: "f1_occurring",
};

function* valueOfTags(val: LoggedScores): Generator<[tag: string, value: number]> {
  for (const [name, value] of Object.entries(val)) {
    const tag = `val/${TAGS[name] ?? name}`;
    if (typeof value === "number") yield [tag, value];
    else {for (const [label, part] of value!.entries()) {
        yield [`${tag}_${String(label).padStart(2, "0")}`, part];
      }}
  }
}

/**
 * The numbers of an epoch by the tags that all loggers use, in order.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const scalars = epochScalars({
 *   epoch: 0, step: 5, learning_rate: 0.1, seconds: 1, images: { train: 8, val: 4 },
 *   train: { loss: 2 }, val: { loss: 3, accuracy: 0.5, f1: [0, 1] },
 * });
 * assertEquals(Object.keys(scalars), [
 *   "train/learning_rate", "train/epoch_loss", "val/loss", "val/acc", "val/f1_00", "val/f1_01",
 * ]);
 * ```
 */
export function epochScalars({ train, val, learning_rate }: LoggedEpoch): Record<string, number> {
  return {
    "train/learning_rate": learning_rate,
    "train/epoch_loss": train.loss as number,
    ...(train.macro_f1 !== undefined && { "train/macro_f1": train.macro_f1 as number }),
    ...Object.fromEntries(valueOfTags(val)),
  };
}
