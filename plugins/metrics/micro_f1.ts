import { z } from "zod";
import { defineMetric } from "../../plugin.ts";
import { type ClassCounts, countClasses } from "./_answers.ts";

/** F1 of the decisions over all classes together, at threshold 0.5 or of the argmax. */
export default defineMetric({
  name: "micro_f1",
  title: "micro F1",
  about: "F1 of all decisions together at 0.5, or of the most probable class where one is the answer",
  better: "higher",
  tunes: "thresholds",
  targets: ["class_set", "class", "grade"],
  params: z.strictObject({}),
  create: (_params, context) => ({
    score(scored) {
      const counts = countClasses(scored, context);
      const sum = (of: keyof ClassCounts) => counts.reduce((total, count) => total + count[of], 0);
      const marked = sum("answered") + sum("labelled");
      return marked === 0 ? 0 : 2 * sum("hits") / marked;
    },
  }),
});
