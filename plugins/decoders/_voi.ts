/** Values that become black to white: a window by its centre and width. */
export interface VoiWindow {
  readonly center: number;
  readonly width: number;
  readonly kind: "LINEAR" | "LINEAR_EXACT" | "SIGMOID";
}

/**
 * The brightness of a value under a window, 0 to 1: DICOM PS3.3, C.11.2.1.2 (LINEAR) and C.11.2.1.3.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const window = { center: 2048, width: 4096, kind: "LINEAR" } as const;
 * assertEquals([0, 2047.5, 4095].map((value) => brightnessOf(value, window)), [0, 0.5, 1]);
 * ```
 */
export function brightnessOf(value: number, { center, width, kind }: VoiWindow): number {
  if (kind === "SIGMOID") return 1 / (1 + Math.exp(-4 * (value - center) / width));
  const [middle, span] = kind === "LINEAR" ? [center - 0.5, width - 1] : [center, width];
  if (value <= middle - span / 2) return 0;
  if (value > middle + span / 2) return 1;
  return (value - middle) / span + 0.5;
}
