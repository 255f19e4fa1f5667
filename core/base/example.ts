/** A part of a competition's data. */
export type Source = "train" | "external" | "test";

/** A part of a split. */
export type Split = "train" | "val" | "test_val" | "test";

/** Where one picture lies: one file with all channels, or one gray file per channel in channel order. */
export interface ImageFiles {
  readonly id: string;
  readonly source: Source;
  readonly files: readonly string[];
}

/**
 * A picture with its labels: class indices in ascending order, or the numbers that a layout whose target is values or
 * probabilities asks for; null where they are not known (test).
 */
export interface Example extends ImageFiles {
  readonly labels: readonly number[] | null;
  /** What is trained on in place of the labels: one number a class, from the predictions of other models. */
  readonly soft?: ArrayLike<number>;
}

/** A row of a label file. */
export interface LabelRow {
  readonly id: string;
  readonly source: Source;
  readonly labels: readonly number[];
}
