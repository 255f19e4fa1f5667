/**
 * The index that stands for `index` beyond the ends of `length` samples, mirrored without repeating the end
 * (OpenCV's BORDER_REFLECT_101): `dcb|abcd|cba`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([-2, -1, 0, 3, 4, 5].map((index) => reflect101(index, 4)), [2, 1, 0, 3, 2, 1]);
 * assertEquals(reflect101(7, 1), 0);
 * ```
 */
export function reflect101(index: number, length: number): number {
  if (length === 1) return 0;
  while (index < 0 || index >= length) index = index < 0 ? -index : 2 * length - 2 - index;
  return index;
}

/** For each position from `-before` to `length + after - 1`, the mirrored index times `stride`. */
export function reflectedOffsets(
  length: number,
  options: { readonly before: number; readonly after: number; readonly stride: number },
): Int32Array<ArrayBuffer> {
  const { before, after, stride } = options;
  return Int32Array.from(
    { length: length + before + after },
    (_, i) => reflect101(i - before, length) * stride,
  );
}
