import { z } from "zod";

/** Parameters of the images that all layouts of folders share. */
export const imageParams = {
  classes: z.array(z.string()).default([]).describe("Class names in order; empty: those that occur, sorted"),
  channels: z.array(z.string()).min(1).default(["red", "green", "blue"]).describe(
    "Names of the channels in order",
  ),
  hash_channel: z.int().min(0).nullable().default(null).describe(
    "Channel that duplicates are searched on; null: gray",
  ),
  sample_submission: z.string().nullable().default(null).describe(
    "Sample submission, which lists the test Ids; null: sample_submission.csv or a usual name",
  ),
};

/** A file or folder below the data folder that is looked for among usual names. */
export function usualPath(what: string, usual: string): z.ZodDefault<z.ZodNullable<z.ZodString>> {
  return z.string().nullable().default(null).describe(`${what}, below the data folder; null: ${usual}`);
}

const column = z.string().nullable().default(null);

/** Parameters of the layout csv_folder. */
export const csvParams = z.strictObject({
  labels: usualPath("Label file", "train.csv, train_labels.csv, labels.csv or a usual name"),
  images: usualPath("Folder of the labelled images", "train, train_images, images or a usual name"),
  test_images: usualPath("Folder of the test images", "test, test_images or a usual name"),
  test_list: usualPath(
    "File that lists the test images, for the columns of image_pattern or without a sample submission",
    "test.csv where it is needed",
  ),
  id_column: column.describe("Column of the Ids; null: the sample submission's, else the first column"),
  label_column: column.describe("Column of the labels; null: see label_columns"),
  label_columns: z.array(z.string()).min(1).nullable().default(null).describe(
    "Columns of zeros and ones, one a class, or of numbers; null: the sample submission's prediction columns if the " +
      "label file has them, else all columns if they hold 0 and 1, else one column",
  ),
  group_column: column.describe("Column of what must stay in one fold, or null"),
  image_pattern: column.describe(
    "Path of a row's images below the folder: {id}, {column} and * for any text; null: {id}, or what fits the files",
  ),
  target: z.enum(["auto", "class", "class_set", "grade", "value", "probabilities"]).default("auto").describe(
    "What the labels are: one class, several classes, ordered grades, numbers, class probabilities; auto: look at them",
  ),
  separator: z.string().min(1).nullable().default(null).describe(
    "What stands between several labels of one image; null: | or ; or , where it splits labels, else a space",
  ),
  ...imageParams,
});
