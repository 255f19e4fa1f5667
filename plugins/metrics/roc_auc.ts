import { z } from "zod";
import { defineMetric } from "../../plugin.ts";
import { meanOf } from "./_answers.ts";
import { type TieGroup, tieGroups } from "./_tie_groups.ts";

/** AUC of one class, ties counted half; NaN without both positives and negatives. */
function aucOf(groups: readonly TieGroup[]): number {
  let [found, missed, area] = [0, 0, 0];
  for (const { positives, negatives } of groups) {
    area += negatives * (found + positives / 2);
    found += positives;
    missed += negatives;
  }
  return area / (found * missed);
}

/** Area under the ROC curve, averaged over the classes that have both positives and negatives; NaN without any. */
export default defineMetric({
  name: "roc_auc",
  title: "AUC",
  about: "Area under the ROC curve, the mean over the classes (mean column AUC)",
  better: "higher",
  targets: ["class_set", "class", "grade"],
  params: z.strictObject({}),
  create: (_params, { classes }) => ({
    score(scored) {
      const areas = Array.from(
        { length: classes },
        (_, label) => aucOf(tieGroups(scored, { label, classes })),
      );
      const known = areas.filter((area) => !Number.isNaN(area));
      return known.length === 0 ? NaN : meanOf(known);
    },
  }),
});
