/**
 * The mean over the views of an image, by class.
 *
 * @param views `[views, classes]`
 * @param value what is averaged of each number; the number itself when left out
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...meanOfViews([0, 1, 0.5, 0], { views: 2, classes: 2 })], [0.25, 0.5]);
 * ```
 */
export function meanOfViews(
  views: ArrayLike<number>,
  { views: count, classes }: { readonly views: number; readonly classes: number },
  value: (probability: number) => number = (probability) => probability,
): Float64Array {
  const mean = new Float64Array(classes);
  for (let view = 0; view < count; view++) {
    for (let c = 0; c < classes; c++) mean[c]! += value(views[view * classes + c]!) / count;
  }
  return mean;
}
