import { z } from "zod";
import { defineMetric } from "../../plugin.ts";
import { answersOf, labelsOf } from "./_answers.ts";

/** Accuracy: per image for single-label data, else per class decision. */
export default defineMetric({
  name: "accuracy",
  title: "accuracy",
  about: "Share of right pictures, or with several labels of right decisions over all classes",
  better: "higher",
  tunes: "thresholds",
  targets: ["class_set", "class", "grade"],
  params: z.strictObject({}),
  create: (_params, context) => ({
    score(scored) {
      let right = 0;
      for (let row = 0; row < scored.rows; row++) {
        const answers = answersOf(scored, context, row), labels = labelsOf(scored, context, row);
        const same = answers.filter((answer, label) => answer === labels[label]).length;
        right += context.exclusive ? Number(same === context.classes) : same;
      }
      return right / Math.max(1, scored.rows * (context.exclusive ? 1 : context.classes));
    },
  }),
});
