import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Layout } from "../../../core/plugin/contracts.ts";
import { assertDataProblem, empty, labelsById, listed, withData } from "./_layout_data.ts";

const CATEGORIES = [{ id: 10, name: "lynx" }, { id: 2, name: "empty" }, { id: 7, name: "red deer" }];
const TRAIN_IMAGES = [
  { id: 5, file_name: "a.jpg", location: 3, width: 9 },
  { id: 6, file_name: "sub/b.jpg", location: 4 },
];
const TEST_IMAGES = [{ id: 8, file_name: "t/x.jpg" }, { id: 9, file_name: "t/y.jpg" }];

function json(content: unknown): string {
  return JSON.stringify(content, null, 1);
}

function annotations(...pairs: (readonly [image: number, category: number])[]) {
  return pairs.map(([image_id, category_id], id) => ({ id, image_id, category_id, bbox: [0, 0, 1, 1] }));
}

const TRAIN = {
  info: { description: 'a "quoted" [name]' },
  images: TRAIN_IMAGES,
  annotations: annotations([5, 7], [6, 10], [6, 10]),
  categories: CATEGORIES,
};
const FILES = {
  "train.json": json(TRAIN),
  "test.json": json({ images: TEST_IMAGES }),
  "sample_submission.csv": "Id,Category\n9,2\n8,2\n",
  ...empty(
    "train/a.JPG",
    "train/sub/b.jpg",
    "train/free.jpg",
    "test/t/x.jpg",
    "test/t/y.jpg",
    "train/._a.jpg",
  ),
};

Deno.test("coco reads one category an image, groups by a key, and Ids as the sample submission has them", () =>
  withData(FILES, async (dir, open) => {
    const layout = await open({ group_key: "location" });
    assertEquals([layout.name, layout.target, layout.classes], ["coco", "class", [
      "empty",
      "red deer",
      "lynx",
    ]]);
    const { labels, test, images, test_images } = layout.params ?? {};
    assertEquals([labels, test, images, test_images], [["train.json"], "test.json", "train", "test"]);
    assertEquals(await labelsById(layout), { "5": [1], "6": [2] });
    assertEquals(await listed(layout, "train"), { "5": "train/a.JPG", "6": "train/sub/b.jpg" });
    assertEquals(await listed(layout, "test"), { "8": "test/t/x.jpg", "9": "test/t/y.jpg" });
    assertEquals(await layout.testIds(), ["9", "8"]);
    assertEquals((await layout.filesOf("9", "test")).files, [join(dir, "test/t/y.jpg")]);
    assertEquals([layout.groupOf("5"), layout.groupOf("9")], ["3", null]);
    const { format, parse, idColumn, predictionColumn } = layout.submission;
    assertEquals([idColumn, predictionColumn, format([1]), parse("10")], ["Id", "Category", "7", [2]]);
  }));

Deno.test("coco names images and categories as the sample submission does", async (t) => {
  const step = (sample: string, check: (ids: string[], cell: string, classes: readonly string[]) => void) =>
    t.step(sample, () =>
      withData({ ...FILES, "sample_submission.csv": sample }, async (_dir, open) => {
        const layout = await open();
        await layout.filesOf((await layout.testIds())[0]!, "test");
        check(await layout.testIds(), layout.submission.format([1]), layout.classes);
      }));
  await step("f,y\nt/x.jpg,empty\n", (ids, cell) => assertEquals([ids, cell], [["t/x.jpg"], "red deer"]));
  await step("f,y\nt/x,2 7\n", (ids, cell) => assertEquals([ids, cell], [["t/x"], "7"]));
  await step("f,y\nx.jpg,2\n", (ids, cell) => assertEquals([ids, cell], [["x.jpg"], "7"]));
  await step(
    "f,10,7,2\nx,0,0,1\n",
    (ids, cell, classes) => assertEquals([ids, cell, classes], [["x"], "7", ["2", "7", "10"]]),
  );
});

Deno.test("coco reads several categories or none where an image has two, or where the parameters say so", async () => {
  const two = { ...TRAIN, annotations: annotations([5, 7], [5, 2], [5, 7]) };
  await withData({ ...FILES, "train.json": json(two) }, async (_dir, open) => {
    const layout = await open();
    assertEquals([layout.target, await labelsById(layout)], ["class_set", { "5": [0, 1], "6": [] }]);
  });
  const none = { ...TRAIN, annotations: annotations([5, 7]) };
  await withData({ ...FILES, "train.json": json(none) }, async (_dir, open) => {
    const layout = await open();
    await assertDataProblem(
      () => layout.readLabels(),
      'the image "6" (sub/b.jpg) has 0 categories',
      "class_set",
    );
    assertEquals(await labelsById(await open({ target: "class_set" })), { "5": [1], "6": [] });
  });
});

Deno.test("coco reads Herbarium's keys and list of test images, and several files of labels", async () => {
  await withData({
    "train_metadata.json": json({
      annotations: [{ category_id: 0, image_id: "00000__001" }],
      categories: [{ category_id: 0, scientificName: "Abies alba" }, { category_id: 1 }],
      images: [{ image_id: "00000__001", file_name: "000/00/00000__001.jpg" }],
    }),
    "test_metadata.json": json([{ image_id: "0", file_name: "000/000000.jpg" }]),
    "sample_submission.csv": "Id,Predicted\n0,1\n",
    ...empty("train_images/000/00/00000__001.jpg", "test_images/000/000000.jpg"),
  }, async (dir, open) => {
    const layout = await open();
    assertEquals([layout.classes, await labelsById(layout)], [["0", "1"], { "00000__001": [0] }]);
    assertEquals((await layout.filesOf("0", "test")).files, [join(dir, "test_images/000/000000.jpg")]);
  });
  const more = {
    images: [{ id: 77, file_name: "val/c.jpg" }],
    annotations: annotations([77, 2]),
    categories: CATEGORIES,
  };
  await withData({ ...FILES, "val.json": json(more), ...empty("train/val/c.jpg") }, async (_dir, open) => {
    assertEquals(await labelsById(await open()), { "5": [1], "6": [2] });
    const layout = await open({ labels: ["train.json", "val.json"], classes: ["lynx", "7", "empty"] });
    assertEquals(layout.classes, ["lynx", "red deer", "empty"]);
    assertEquals(await labelsById(layout), { "5": [1], "6": [0], "77": [2] });
  });
});

Deno.test("coco takes test images from the sample submission, or the list of them, where the other is missing", async () => {
  const { "test.json": list, "sample_submission.csv": _sample, ...rest } = FILES;
  await withData({ ...rest, "sample_submission.csv": "f,y\nx.jpg,2\n" }, async (dir, open) => {
    const layout = await open();
    assertEquals((await layout.filesOf("x.jpg", "test")).files, [join(dir, "test/t/x.jpg")]);
    assertEquals(await listed(layout, "test"), { "x.jpg": "test/t/x.jpg" });
  });
  await withData({ ...rest, "test.json": list }, async (_dir, open) => {
    assertEquals(await (await open()).testIds(), ["8", "9"]);
  });
  await withData(rest, async (_dir, open) => {
    const layout = await open();
    await assertDataProblem(() => layout.testIds(), "sample_submission.csv", "no such file");
  });
});

Deno.test("coco names file and entry of what is wrong", async (t) => {
  const refuse = (
    train: string,
    act: (layout: Layout) => Promise<unknown>,
    ...parts: string[]
  ) =>
    t.step(
      parts[0]!,
      () =>
        withData({ ...FILES, "train.json": train }, (_dir, open) =>
          assertDataProblem(async () => await act(await open({}, "coco")), ...parts)),
    );
  const wrong = (change: Partial<Record<keyof typeof TRAIN, unknown>>) => json({ ...TRAIN, ...change });
  const labels = (layout: Layout) => layout.readLabels();
  await refuse(json(TRAIN).slice(0, -20), labels, "train.json", "no JSON");
  await refuse("{}", labels, 'no list "images"');
  await refuse(wrong({ images: [{ id: 5 }] }), labels, "images[0].file_name", "train.json");
  await refuse(wrong({ annotations: [{ image_id: 5 }] }), labels, "annotations[0].category_id");
  await refuse(wrong({ annotations: annotations([5, 99], [6, 2]) }), labels, "the category 99", '"5"');
  await refuse(wrong({ images: [TRAIN_IMAGES[0], TRAIN_IMAGES[0]] }), labels, '"5" is there twice');
  const escaping = wrong({ images: [{ id: 5, file_name: "../../secret.png" }, TRAIN_IMAGES[1]] });
  await refuse(escaping, labels, '"../../secret.png"', "leaves its folder");
  await withData(FILES, async (dir, open) => {
    await Deno.remove(join(dir, "train/sub/b.jpg"));
    const layout = await open();
    await assertDataProblem(() => layout.filesOf("6", "train"), '"sub/b.jpg"', "Add the image");
    assertEquals(Object.keys(await listed(layout, "train")), ["5"]);
    await assertDataProblem(() => open({ classes: ["linx"] }), 'no category "linx"', 'did you mean "lynx"?');
  });
});
