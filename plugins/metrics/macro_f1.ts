import { z } from "zod";
import { defineMetric } from "../../plugin.ts";
import { type ClassCounts, countClasses, meanOf } from "./_answers.ts";

/** 0 for a class without labels and predictions, as in scikit-learn. */
function f1Of({ hits, answered, labelled }: ClassCounts): number {
  const marked = answered + labelled;
  return marked === 0 ? 0 : 2 * hits / marked;
}

/** F1 per class at threshold 0.5 (or of the argmax), averaged over all classes, and over the classes with labels. */
export default [
  defineMetric({
    name: "macro_f1",
    title: "macro F1",
    about: "Mean over all classes of the F1 at 0.5, or of the most probable class where one is the answer",
    better: "higher",
    tunes: "thresholds",
    // On a fixed split, absent classes only scale the score by a constant.
    comparedBy: "macro_f1_occurring",
    params: z.strictObject({}),
    create: (_params, context) => ({ score: (scored) => meanOf(countClasses(scored, context).map(f1Of)) }),
  }),
  defineMetric({
    name: "macro_f1_occurring",
    title: "macro F1",
    about: "As macro_f1, over the classes that occur among the labels",
    better: "higher",
    tunes: "thresholds",
    params: z.strictObject({}),
    create: (_params, context) => ({
      score: (scored) =>
        meanOf(countClasses(scored, context).filter(({ labelled }) => labelled > 0).map(f1Of)),
    }),
  }),
];
