/** Data folder and layout. */
export interface DataSettings {
  /** Folder of the images and CSV files. */
  readonly dataDir: string;
  /** Name of the layout plugin; `auto` detects it. */
  readonly layout: string;
  /** Parameters of the layout plugin. */
  readonly layoutParams: Readonly<Record<string, unknown>>;
}

/** Default settings. */
export const DATA_DEFAULTS: DataSettings = { dataDir: "data", layout: "auto", layoutParams: {} };

/** The settings under their names in report files. */
export function reportedData({ dataDir, layout, layoutParams }: DataSettings): Record<string, unknown> {
  return { data_dir: dataDir, layout, layout_params: JSON.stringify(layoutParams) };
}
