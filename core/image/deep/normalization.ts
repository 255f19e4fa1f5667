/** Mean and standard deviation of each channel, on the scale 0 to 255. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** How pixels become numbers for the network. */
export interface Normalization {
  /** Each picture by its own channel means and deviations instead of fixed ones. */
  readonly perImage: boolean;
  /** Fixed statistics on the scale 0 to 255; upstream's 127.5 and 255 when absent. */
  readonly statistics?: ChannelStatistics | undefined;
}

/** Upstream's fixed normalisation, (x - 127.5) / 255: values from -0.5 to 0.5. */
const FIXED_MEAN = 127.5;
/** The divisor that goes with `FIXED_MEAN`. */
const FIXED_STD = 255;

/** What upstream adds to a picture's own standard deviation, so that flat channels give zeros. */
const STD_GUARD = 1e-7;

/** What is taken from each value of a channel, and what divides the rest. */
export interface ChannelScale {
  readonly center: number;
  readonly divisor: number;
}

/**
 * The scale of each channel.
 *
 * @param own the picture's own statistics, asked for only where they count
 */
export function channelScales(
  { perImage, statistics }: Normalization,
  channels: number,
  own: () => ChannelStatistics,
): ChannelScale[] {
  const guard = perImage ? STD_GUARD : 0;
  const { mean, std } = perImage ? own() : statistics ?? { mean: [], std: [] };
  return Array.from({ length: channels }, (_, c) => ({
    center: mean[c] ?? FIXED_MEAN,
    divisor: (std[c] ?? FIXED_STD) + guard,
  }));
}
