import { DATA_DEFAULTS, type DataSettings, reportedData } from "../layout/data_settings.ts";

/** Which hashes are taken of which pictures. */
export interface ScanSettings extends DataSettings {
  /** Names of hash plugins. */
  readonly hashes: readonly string[];
  /** Side of a hash: 8 has 64 bits, 16 has 256. */
  readonly hashSize: 8 | 16;
  /** `default`: the layout's hash channel; `all`: each channel by itself. */
  readonly channels: "default" | "all";
  /** Pictures of more pixels are listed as unreadable, not decoded. */
  readonly maxPixels: number;
  /** Whether what is found out is kept beside the data for the next run. */
  readonly cache: boolean;
}

/** What counts where a program or a user says nothing else. */
export const SCAN_DEFAULTS: ScanSettings = {
  ...DATA_DEFAULTS,
  hashes: ["ahash", "phash"],
  hashSize: 8,
  channels: "default",
  maxPixels: 100_000_000,
  cache: true,
};

/** The settings as report files name them. */
export function reportedScan(settings: ScanSettings): Record<string, unknown> {
  const { hashes, hashSize, channels, maxPixels, cache } = settings;
  return {
    ...reportedData(settings),
    hashes: hashes.join(","),
    hash_size: `${hashSize}`,
    channels,
    max_pixels: maxPixels,
    cache,
  };
}
