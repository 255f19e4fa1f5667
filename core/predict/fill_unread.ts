import type { Output } from "../base/output.ts";
import { dataProblem } from "../base/problem.ts";
import type { Predictions } from "../predictions/predictions.ts";

/** Fills missing and unreadable test images with the mean prediction, so that a submission can still be made. */
export function fillUnread(
  { ids, classes, probabilities }: Pick<Predictions, "ids" | "classes" | "probabilities">,
  testIds: readonly string[],
  output: Output,
): Pick<Predictions, "ids" | "probabilities"> {
  const read = new Set(ids);
  const unread = testIds.filter((id) => !read.has(id));
  if (unread.length === 0) return { ids, probabilities };
  if (read.size === 0) {
    throw dataProblem(
      `Cannot predict: none of the ${unread.length} test images can be read`,
      "Set data.on_broken to fail to see why",
    );
  }
  output.warn(
    `${unread.length} test images get the mean probabilities of the others: ${unread.slice(0, 5).join(", ")}`,
  );
  const mean = new Float64Array(classes);
  for (const [i, value] of probabilities.entries()) mean[i % classes]! += value / read.size;
  const filled = new Float64Array((read.size + unread.length) * classes);
  filled.set(probabilities);
  for (const index of unread.keys()) filled.set(mean, (read.size + index) * classes);
  return { ids: [...ids, ...unread], probabilities: filled };
}
