import { join } from "@std/path";
import { z } from "zod";
import { configProblem, defineDataset, splitExamples, testExamples } from "../../plugin.ts";

export default defineDataset({
  name: "DefaultDataset",
  about: "One fold of the stratified split, train and external images together",
  params: z.strictObject({
    idx_fold: z.int().min(0).default(0).describe("Which fold is the validation split"),
    num_fold: z.int().min(1).default(5).describe("Number of folds"),
    split_prefix: z.string().default("split.stratified").describe("Split files are <prefix>.<fold>.csv"),
  }),
  create({ idx_fold, num_fold, split_prefix }, { layout, ...reading }) {
    if (idx_fold >= num_fold) {
      throw configProblem(
        `Cannot use data.params.idx_fold ${idx_fold}: folds are 0 to ${num_fold - 1}`,
        "Lower idx_fold or raise num_fold",
      );
    }
    const path = join(layout.dir, `${split_prefix}.${idx_fold}.csv`);
    return {
      trainedOn: { path, rows: "train" },
      examples: (split) =>
        split === "test"
          ? testExamples(layout, reading)
          : splitExamples(layout, { path, rows: split }, reading),
    };
  },
});
