import { z } from "zod";
import { defineMetric } from "../../plugin.ts";
import { meanOf, scoredColumns } from "./_answers.ts";
import { type TieGroup, tieGroups } from "./_tie_groups.ts";

/** Sum over the thresholds of the gain in recall times the precision; NaN without positives. */
function averagePrecision(groups: readonly TieGroup[]): number {
  let [found, taken, sum] = [0, 0, 0];
  for (const { positives, negatives } of groups) {
    found += positives;
    taken += positives + negatives;
    sum += positives * found / taken;
  }
  return sum / found;
}

/** Average precision, averaged over the classes that have positives; NaN without any. */
export default defineMetric({
  name: "average_precision",
  title: "average precision",
  about:
    "Area under the precision-recall curve in steps: of the second of two exclusive classes, or the mean",
  better: "higher",
  targets: ["class_set", "class", "grade"],
  params: z.strictObject({}),
  create: (_params, context) => ({
    score(scored) {
      const { classes } = context;
      const areas = scoredColumns(context).map((label) =>
        averagePrecision(tieGroups(scored, { label, classes }))
      );
      const known = areas.filter((area) => !Number.isNaN(area));
      return known.length === 0 ? NaN : meanOf(known);
    },
  }),
});
