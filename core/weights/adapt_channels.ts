import { decodeNumbers } from "./decode_numbers.ts";
import type { StoredTensor } from "./safetensors.ts";

/**
 * How filters for one number of channels become filters for another.
 *
 * - `copy_red`: channels in order, every further one a copy of the first, unscaled (upstream's rule for RGBY)
 * - `repeat`: channels over and over, scaled so that equal channels give the same answer (timm's rule)
 * - `mean`: every channel the mean of all, scaled likewise
 */
export const CHANNEL_RULES = ["copy_red", "repeat", "mean"] as const;

/** One of {@link CHANNEL_RULES}. */
export type ChannelRule = (typeof CHANNEL_RULES)[number];

/**
 * Filters `(filters, channels, height, width)` for another number of channels.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const data = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
 * const filters = { dtype: "F32", shape: [1, 3, 1, 1], data };
 * const values = (rule: ChannelRule, channels: number) =>
 *   [...new Float32Array(adaptChannels(filters, { channels, rule }).data.buffer)];
 * assertEquals(values("copy_red", 4), [1, 2, 3, 1]);
 * assertEquals(values("repeat", 6), [0.5, 1, 1.5, 0.5, 1, 1.5]);
 * assertEquals(values("mean", 1), [6]);
 * ```
 */
export function adaptChannels(
  stored: StoredTensor,
  { channels, rule }: { channels: number; rule: ChannelRule },
): StoredTensor {
  const values = decodeNumbers(stored);
  if (!values) return stored;
  const [filters, before, height, width] = stored.shape as [number, number, number, number];
  const area = height * width;
  const adapted = new Float32Array(filters * channels * area);
  for (let at = 0; at < adapted.length; at++) {
    const filter = Math.floor(at / (channels * area)),
      channel = Math.floor(at / area) % channels,
      tap = at % area;
    const value = (source: number) => values[(filter * before + source) * area + tap]!;
    adapted[at] = channelValue(value, channel, { rule, before, channels });
  }
  return { dtype: "F32", shape: [filters, channels, height, width], data: new Uint8Array(adapted.buffer) };
}

function channelValue(
  value: (channel: number) => number,
  channel: number,
  { rule, before, channels }: { rule: ChannelRule; before: number; channels: number },
): number {
  if (rule === "copy_red") return value(channel < before ? channel : 0);
  if (rule === "repeat") return value(channel % before) * before / channels;
  let sum = 0;
  for (let source = 0; source < before; source++) sum += value(source);
  return sum / channels;
}
