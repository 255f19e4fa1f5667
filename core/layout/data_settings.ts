/** Which data is worked on, and how it is laid out. */
export interface DataSettings {
  /** Folder of the images and CSV files. */
  readonly dataDir: string;
  /** Name of the layout plugin; `auto` takes the first that recognises the folder. */
  readonly layout: string;
  /** Parameters of the layout plugin. */
  readonly layoutParams: Readonly<Record<string, unknown>>;
}

/** What counts where a program or a user says nothing else. */
export const DATA_DEFAULTS: DataSettings = { dataDir: "data", layout: "auto", layoutParams: {} };

/** The settings as report files name them. */
export function reportedData({ dataDir, layout, layoutParams }: DataSettings): Record<string, unknown> {
  return { data_dir: dataDir, layout, layout_params: JSON.stringify(layoutParams) };
}
