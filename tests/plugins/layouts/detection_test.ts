import { assertEquals } from "@std/assert";
import { assertDataProblem, empty, withData } from "./_layout_data.ts";

const HPA_FILES = { "train.csv": "Id,Target\na,0\n", "sample_submission.csv": "Id,Predicted\nt,0\n" };
const LABELS = { "train.csv": "id,label\na,x\nb,y\n" };
const COCO = {
  "train.json": JSON.stringify({
    images: [{ id: 1, file_name: "a.png" }],
    annotations: [{ image_id: 1, category_id: 0 }],
    categories: [{ id: 0, name: "x" }],
  }),
};
const CLASS_FOLDERS = empty("train/x/a.png", "train/y/b.png");
const PEOPLE = {
  "train/train.csv": "id,gender,age,path\n1,male,30,1_male\n",
  ...empty("train/images/1_male/mask1.jpg"),
};

/** Files of a data folder, and the layout that `auto` takes them for. */
const FOLDERS: Record<string, readonly [files: Record<string, string>, layout: string]> = {
  "hpa's files alone": [HPA_FILES, "hpa"],
  "hpa's images": [empty("raw/train/a_red.png"), "hpa"],
  "hpa beside class folders and JSON": [{
    ...HPA_FILES,
    ...COCO,
    ...empty("rgby/train/a.png", "x/a.png", "y/a.png"),
  }, "hpa"],
  "hpa's header beside a folder of images": [{ ...HPA_FILES, ...empty("train_images/a.png") }, "csv_folder"],
  "ai_stage": [PEOPLE, "ai_stage"],
  "ai_stage beside a label file": [{ ...PEOPLE, ...LABELS }, "ai_stage"],
  "a label file": [{ ...LABELS, ...empty("train/a.png") }, "csv_folder"],
  "a label file beside class folders": [{ ...LABELS, ...CLASS_FOLDERS }, "csv_folder"],
  "a label file beside JSON": [{ ...LABELS, ...COCO, ...empty("train/a.png") }, "csv_folder"],
  "JSON": [{ ...COCO, ...empty("train/a.png") }, "coco"],
  "JSON beside class folders": [{ ...COCO, ...CLASS_FOLDERS, ...empty("train/a.png") }, "coco"],
  "JSON in a folder of its own": [{
    "annotations/instances_train.json": COCO["train.json"],
    ...empty("images/a.png"),
  }, "coco"],
  "JSON of other things": [
    { "train.json": '{"fonts": 1}', "package.json": "[]", ...CLASS_FOLDERS },
    "image_folder",
  ],
  "class folders": [CLASS_FOLDERS, "image_folder"],
  "class folders under another usual name": [empty("images/x/a.png", "images/y/a.png"), "image_folder"],
  "class folders in the data folder": [empty("x/a.png", "y/a.png", "test/b.png"), "image_folder"],
};

for (const [name, [files, expected]] of Object.entries(FOLDERS)) {
  Deno.test(`auto takes ${name} for ${expected}`, () =>
    withData(files, async (_dir, open) => assertEquals((await open()).name, expected)));
}

/** Files of data folders that no layout fits. */
const UNKNOWN: Record<string, Record<string, string>> = {
  "nothing": {},
  "flat folders without labels": empty("train/a.png", "test/b.png"),
  "flat folders of numbered images": empty("train/img_1.png", "train/img_2.png", "test/img_3.png"),
  "a flat folder whose names say which images are for testing": empty(
    "images/Train_1.png",
    "images/Test_1.png",
  ),
  "images without a label file, by split": empty("images/train/a.png", "images/val/b.png"),
  "one folder of images": empty("x/a.png"),
  "hidden files of macOS": empty(
    "train/x/._a.png",
    "train/y/._b.png",
    "__MACOSX/x/a.png",
    "__MACOSX/y/a.png",
  ),
  "a label file without images": LABELS,
};

for (const [name, files] of Object.entries(UNKNOWN)) {
  Deno.test(`auto takes ${name} for no layout`, () =>
    withData(
      files,
      (_dir, open) =>
        assertDataProblem(() => open(), "known layouts: hpa, ai_stage, csv_folder, coco, image_folder"),
    ));
}
