import { join } from "@std/path";
import { z } from "zod";
import { stemOf } from "../../plugin.ts";
import { type CocoFile, type CocoImage, readCocoFile } from "./_coco_file.ts";
import { imageParams, usualPath } from "./_params.ts";
import { findCocoFiles, findImageFolder } from "./_find_coco.ts";
import { readSample, type Sample, samplePath } from "./_sample.ts";
import { TEST_FOLDER, TEST_FOLDERS, TRAIN_FOLDER, TRAIN_FOLDERS } from "./_usual_names.ts";

/** Parameters of the layout coco. */
export const cocoParams = z.strictObject({
  labels: z.array(z.string()).default([]).describe(
    "Files of COCO-style labels, below the data folder; empty: train.json, train_metadata.json or as found",
  ),
  test: usualPath("File that lists the test images", "test.json, test_metadata.json or as found"),
  images: usualPath("Folder that file names of labelled images start from", "where they are"),
  test_images: usualPath("Folder that file names of test images start from", "where they are"),
  group_key: z.string().nullable().default(null).describe(
    "Key of the image entries for what must stay in one fold (location, seq_id), or null",
  ),
  target: z.enum(["auto", "class", "class_set"]).default("auto").describe(
    "One category an image, or several or none; auto: several where an image has two",
  ),
  ...imageParams,
});
type Params = z.output<typeof cocoParams>;

/** The files of a competition with COCO-style labels, read. */
export interface CocoFiles {
  readonly dir: string;
  /** The parameters with all that was looked for. */
  readonly params: Params & { readonly images: string; readonly test_images: string };
  readonly train: CocoFile;
  /** Null where no file lists the test images. */
  readonly test: CocoFile | null;
  readonly sample: Sample | null;
  readonly samplePath: string;
}

/** Several files of labels as one. */
function joinFiles(files: readonly CocoFile[]): CocoFile {
  const [first] = files;
  if (files.length === 1) return first!;
  return {
    path: files.map(({ path }) => path).join(", "),
    images: files.flatMap(({ images }) => images),
    categories: new Map(files.flatMap(({ categories }) => [...categories])),
    labels: new Map(files.flatMap(({ labels }) => [...labels])),
  };
}

/** Reads the files of labels, and looks for what the parameters do not name. */
export async function readCocoFiles(dir: string, params: Params): Promise<CocoFiles> {
  const found = await findCocoFiles(dir), test = params.test ?? found.test;
  const labels = params.labels.length > 0 ? params.labels : [found.train ?? "train.json"];
  const read = (name: string) => readCocoFile(join(dir, name), params.group_key);
  const train = joinFiles(labels.map(read)), testFile = test === null ? null : read(test);
  const images = await findImageFolder(dir, train, {
    labels: labels[0]!,
    usual: TRAIN_FOLDERS,
    otherwise: TRAIN_FOLDER,
  });
  const testImages = testFile &&
    await findImageFolder(dir, testFile, { labels: test!, usual: TEST_FOLDERS, otherwise: TEST_FOLDER });
  const path = await samplePath(dir, params.sample_submission);
  return {
    dir,
    train,
    test: testFile,
    sample: await readSample(path),
    samplePath: path,
    params: {
      ...params,
      labels,
      test,
      images: params.images ?? images,
      test_images: params.test_images ?? testImages ?? TEST_FOLDER,
    },
  };
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What may be the Id of an image, in the order in which it is looked for in the sample submission. */
const IDS: readonly ((image: CocoImage) => string)[] = [
  ({ id }) => id,
  ({ fileName }) => fileName,
  ({ fileName }) => stemOf(fileName),
  ({ fileName }) => baseOf(fileName),
  ({ fileName }) => stemOf(baseOf(fileName)),
];

/** How the sample submission names images; by their Ids where there is none, or no list of test images. */
export function chooseId({ sample, test }: CocoFiles): (image: CocoImage) => string {
  if (sample === null || test === null || sample.ids.length === 0) return IDS[0]!;
  return IDS.find((idOf) => {
    const known = new Set(test.images.map(idOf));
    return sample.ids.every((id) => known.has(id));
  }) ?? IDS[0]!;
}
