import { join } from "@std/path";
import { z } from "zod";
import { defineDataset, splitExamples, testExamples } from "../../plugin.ts";

/**
 * Two folds of the split without external images, for upstream's augmentation search. Both are the `val` rows of their
 * split files, so that they share no images with each other or with test_val.
 */
export default defineDataset({
  name: "SmallDataset",
  about: "Two small folds without external images, for the augmentation search",
  searches: true,
  params: z.strictObject({
    split_prefix: z.string().default("split.stratified.small").describe(
      "Split files are <prefix>.<fold>.csv",
    ),
    train_fold: z.int().min(0).default(0).describe("Fold whose val rows are trained on"),
    val_fold: z.int().min(0).default(1).describe("Fold whose val rows are validated on"),
  }),
  create({ split_prefix, train_fold, val_fold }, { layout, ...reading }) {
    const fileOf = (fold: number) => join(layout.dir, `${split_prefix}.${fold}.csv`);
    return {
      examples: (split) => {
        if (split === "test") return testExamples(layout, reading);
        if (split === "test_val") {
          return splitExamples(layout, { path: fileOf(train_fold), rows: "test_val" }, reading);
        }
        return splitExamples(layout, {
          path: fileOf(split === "train" ? train_fold : val_fold),
          rows: "val",
        }, reading);
      },
    };
  },
});
