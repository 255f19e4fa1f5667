import { z } from "zod";
import { defineMetric } from "../../plugin.ts";
import { type ClassCounts, countClasses, meanOf } from "./_answers.ts";

/** Recall of the labelled images, NaN without any. */
function recallOf({ hits, labelled }: ClassCounts): number {
  return hits / labelled;
}

/** Recall of the images without the label, NaN where all have it. */
function specificityOf({ hits, answered, labelled }: ClassCounts, rows: number): number {
  const without = rows - labelled;
  return (without - (answered - hits)) / without;
}

function meanOfKnown(values: readonly number[]): number {
  return meanOf(values.filter((value) => !Number.isNaN(value)));
}

/**
 * Mean recall of the classes that occur; with several labels each class is a decision of its own, whose two recalls are
 * averaged.
 */
export default defineMetric({
  name: "balanced_accuracy",
  title: "balanced accuracy",
  about:
    "Mean over the occurring classes of the share of right pictures, or of right decisions for and against",
  better: "higher",
  tunes: "thresholds",
  targets: ["class_set", "class", "grade"],
  params: z.strictObject({}),
  create: (_params, context) => ({
    score(scored) {
      const counts = countClasses(scored, context);
      if (context.exclusive) return meanOfKnown(counts.map(recallOf));
      return meanOf(counts.map((count) => meanOfKnown([recallOf(count), specificityOf(count, scored.rows)])));
    },
  }),
});
