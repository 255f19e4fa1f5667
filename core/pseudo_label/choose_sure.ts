import type { Predictions } from "../predictions/predictions.ts";
import type { TargetKind } from "../plugin/contracts.ts";

/** Which rows are sure enough: from a probability on, or the surest share of all. */
export type Choice = { readonly threshold: number } | { readonly share: number };

/**
 * How sure the probabilities of an image are, from 0 to 1: with one label the largest; with several labels the least of
 * `max(p, 1 - p)` over the classes, so that from a threshold t on every class is at least t or at most 1 - t.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(sureness([0.25, 0.75, 0], "class"), 0.75);
 * assertEquals(sureness([0.25, 1, 0], "class_set"), 0.75);
 * ```
 */
export function sureness(row: readonly number[], target: TargetKind): number {
  if (target !== "class_set") return Math.max(...row);
  return Math.min(...row.map((value) => Math.max(value, 1 - value)));
}

/** An image's place in its file with how sure its probabilities are. */
interface Ranked {
  readonly id: string;
  readonly row: number;
  readonly sure: number;
}

/** Which rows of predictions are sure enough, and how sure the surest is; equally sure images are taken by Id. */
export function chooseSure(
  { ids, classes, probabilities }: Predictions,
  choice: Choice,
  target: TargetKind,
): { readonly rows: number[]; readonly surest: number } {
  const ranked: Ranked[] = ids.map((id, row) => {
    const values = Array.from(probabilities.subarray(row * classes, (row + 1) * classes));
    return { id, row, sure: sureness(values, target) };
  });
  ranked.sort((a, b) => b.sure - a.sure || (a.id < b.id ? -1 : 1));
  const chosen = "threshold" in choice
    ? ranked.filter(({ sure }) => sure >= choice.threshold)
    : ranked.slice(0, Math.round(choice.share * ranked.length));
  return { rows: chosen.map(({ row }) => row).sort((a, b) => a - b), surest: ranked[0]?.sure ?? 0 };
}
