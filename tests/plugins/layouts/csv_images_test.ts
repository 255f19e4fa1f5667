import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Layout } from "../../../core/plugin/contracts.ts";
import { assertDataProblem, empty, labelsById, listed, withData } from "./_layout_data.ts";

const SAMPLE = "id,y\nt2,0\nt1,0\n";

Deno.test("csv_folder finds images named by another column, in sub folders, with or without their extension", async (t) => {
  const TRAIN = "id,y,file\na,0,f1.jpg\nb,1,sub/f2\nc,1,train/f3.png\nd,0,./f4.jpg\n";
  const FILES = {
    "train.csv": TRAIN,
    "test.csv": "id,file\nt1,g1.jpg\nt2,deep/g2.jpg\nunused,g3.jpg\n",
    "sample_submission.csv": SAMPLE,
    ...empty("train/f1.JPG", "train/sub/f2.jpeg", "train/f3.png", "train/x/y/f4.jpg", "train/free.png"),
    ...empty("test/g1.jpg", "test/deep/g2.jpg", "test/._g1.jpg", "test/g4.jpg"),
  };
  for (const params of [{}, { image_pattern: "{file}" }]) {
    await t.step(JSON.stringify(params), () =>
      withData(FILES, async (dir, open) => {
        const layout = await open(params);
        assertEquals(layout.params?.image_pattern, "{file}");
        assertEquals(await labelsById(layout), { a: [0], b: [1], c: [1], d: [0] });
        assertEquals(await listed(layout, "train"), {
          a: "train/f1.JPG",
          b: "train/sub/f2.jpeg",
          c: "train/f3.png",
          d: "train/x/y/f4.jpg",
          free: "train/free.png",
        });
        assertEquals(await listed(layout, "test"), {
          t1: "test/g1.jpg",
          t2: "test/deep/g2.jpg",
          g4: "test/g4.jpg",
        });
        assertEquals(await layout.testIds(), ["t2", "t1"]);
        assertEquals((await layout.filesOf("t2", "test")).files, [join(dir, "test/deep/g2.jpg")]);
        assertEquals((await layout.filesOf("d", "train")).files, [join(dir, "train/x/y/f4.jpg")]);
        assertEquals([layout.submissionIdOf?.("t2", "test"), layout.groupOf("a")], ["t2", null]);
      }));
  }
});

Deno.test("csv_folder finds files and folders under their usual names, and says which it found", () =>
  withData({
    "train_labels.csv": "id,label\na,0\nb,1\n",
    "sampleSubmission.csv": "id,label\nt,0\n",
    ...empty("train_images/a.tif", "train_images/b.tif", "test_images/t.tif", "notes.txt"),
  }, async (dir, open) => {
    const layout = await open();
    const { labels, images, test_images, id_column, label_columns, image_pattern } = layout.params ?? {};
    assertEquals([layout.name, labels, images, test_images], [
      "csv_folder",
      "train_labels.csv",
      "train_images",
      "test_images",
    ]);
    assertEquals([id_column, label_columns, image_pattern], ["id", ["label"], "{id}"]);
    assertEquals(layout.submission.sample, join(dir, "sampleSubmission.csv"));
    assertEquals(await listed(layout, "test"), { t: "test_images/t.tif" });
  }));

Deno.test("csv_folder keeps labelled and test images of one folder apart", () =>
  withData({
    "train.csv": "image_id,y\nTrain_0,0\nTrain_1,1\n",
    "test.csv": "image_id\nTest_0\n",
    "sample_submission.csv": "image_id,y\nTest_0,0\n",
    ...empty("images/Train_0.jpg", "images/Train_1.jpg", "images/Test_0.jpg"),
  }, async (_dir, open) => {
    const layout = await open();
    assertEquals(await listed(layout, "train"), {
      Train_0: "images/Train_0.jpg",
      Train_1: "images/Train_1.jpg",
    });
    assertEquals(await listed(layout, "test"), { Test_0: "images/Test_0.jpg" });
  }));

Deno.test("csv_folder takes all images of a folder for those of an Id", async (t) => {
  const FILES = {
    "train.csv": "id,y\n00001,0\n00002,1\n00003,1\n",
    "sample_submission.csv": "id,y\n00009,0.5\n00008,0.5\n",
    ...empty("train/00001/Image-1.png", "train/00001/Image-2.png", "train/00001/._Image-1.png"),
    ...empty("train/00002/Image-1.png", "test/00008/b.png", "test/00009/a.png", "test/00009/c.PNG"),
  };
  for (const params of [{}, { image_pattern: "{id}/*" }]) {
    await t.step(JSON.stringify(params), () =>
      withData(FILES, async (_dir, open) => {
        const layout = await open(params);
        assertEquals(await labelsById(layout), {
          "00001/Image-1.png": [0],
          "00001/Image-2.png": [0],
          "00002/Image-1.png": [1],
          "00003": [1],
        });
        assertEquals(Object.keys(await listed(layout, "train")), [
          "00001/Image-1.png",
          "00001/Image-2.png",
          "00002/Image-1.png",
        ]);
        assertEquals(await layout.testIds(), ["00009/a.png", "00009/c.PNG", "00008/b.png"]);
        assertEquals(layout.submissionIdOf?.("00009/c.PNG", "test"), "00009");
        assertEquals(layout.submissionIdOf?.("00001/Image-2.png", "train"), "00001");
        assertEquals([layout.groupOf("00001/Image-2.png"), layout.groupOf("00009/a.png")], ["00001", null]);
        await assertDataProblem(
          () => layout.filesOf("00003", "train"),
          '"00003"',
          "fits {id}/*",
          "image_pattern",
        );
      }));
  }
});

Deno.test("csv_folder takes files that begin with an Id for its images, those of a longer Id for that one's", () =>
  withData({
    "train.csv": "id,y,site\na,0,s1\na_1,1,s2\n",
    ...empty("train/a_1.png", "train/a_2.png", "train/a_1_1.png", "train/a_1_left.png", "train/b_1.png"),
    ...empty("test/t_1.png"),
    "sample_submission.csv": "id,y\nt,0\n",
  }, async (_dir, open) => {
    const layout = await open({ image_pattern: "{id}_*.png", group_column: "site" });
    assertEquals(await labelsById(layout), {
      "a/a_1.png": [0],
      "a/a_2.png": [0],
      "a_1/a_1_1.png": [1],
      "a_1/a_1_left.png": [1],
    });
    assertEquals([layout.groupOf("a/a_1.png"), layout.groupOf("a_1/a_1_1.png")], ["s1", "s2"]);
    assertEquals(await layout.testIds(), ["t/t_1.png"]);
  }));

const VIEWS = {
  "train.csv": "breast,image,cancer\np1_L,10,0\np1_L,11,0\np1_R,12,1\n",
  "test.csv": "breast,image\nt_L,21\nt_R,22\nt_L,20\n",
  "sample_submission.csv": "breast,cancer\nt_R,0.5\nt_L,0.5\n",
  ...empty(
    "train/p1/10.png",
    "train/p1/11.png",
    "train/p1/12.png",
    "test/q/20.png",
    "test/q/21.png",
    "test/q/22.png",
  ),
};

Deno.test("csv_folder reads a row an image where rows share their Id", () =>
  withData(VIEWS, async (dir, open) => {
    const layout = await open();
    assertEquals([layout.target, layout.classes], ["class", ["0", "1"]]);
    assertEquals(await labelsById(layout), { "p1_L/10": [0], "p1_L/11": [0], "p1_R/12": [1] });
    assertEquals(await layout.testIds(), ["t_R/22", "t_L/21", "t_L/20"]);
    assertEquals((await layout.testIds()).map((id) => layout.submissionIdOf?.(id, "test")), [
      "t_R",
      "t_L",
      "t_L",
    ]);
    assertEquals((await layout.filesOf("t_L/20", "test")).files, [join(dir, "test/q/20.png")]);
    assertEquals(layout.groupOf("p1_L/11"), "p1_L");
    assertEquals(Object.keys(await listed(layout, "train")), ["p1_L/10", "p1_L/11", "p1_R/12"]);
  }));

/** What is wrong with a change of those files: what is done, and parts of the message. */
const WRONG: readonly (readonly [
  change: Record<string, string>,
  act: (layout: Layout) => Promise<unknown>,
  ...parts: string[],
])[] = [
  [
    { "train.csv": "breast,image,cancer\np1_L,10,0\np1_L,11,1\n" },
    (layout) => layout.readLabels(),
    'the Id "p1_L" has different labels in row 2 and row 3',
  ],
  [
    { "train.csv": "breast,image,cancer\np1_L,10,0\np1_R,10,1\n" },
    (layout) => layout.listImages("train"),
    '"p1_L/10" and "p1_R/10" both name it',
  ],
  [
    { "test.csv": "breast,image\nt_L,21\n" },
    (layout) => layout.testIds(),
    'lacks the Id "t_R"',
    "test_list",
  ],
  [empty("train/q/10.png"), (layout) => layout.filesOf("p1_L/10", "train"), "Cannot tell", '"q/10.png"'],
  [
    { "train.csv": "breast,image,cancer\na,../../secret,0\nb,/etc/passwd,1\n" },
    (layout) => layout.filesOf("b//etc/passwd", "train"),
    '"/etc/passwd"',
    "leaves its folder",
  ],
  [
    { "train.csv": "breast,image,cancer\na,../../secret,0\n" },
    (layout) => layout.listImages("train"),
    "leaves its folder",
  ],
  [{}, (layout) => layout.filesOf("p1_L/99", "train"), 'the image "p1_L/99"'],
];

Deno.test("csv_folder names what is wrong with Ids and images", async (t) => {
  for (const [change, act, ...parts] of WRONG) {
    await t.step(
      parts.join(", "),
      () =>
        withData(
          { ...VIEWS, ...change },
          (_dir, open) =>
            assertDataProblem(async () => await act(await open({ image_pattern: "{image}" })), ...parts),
        ),
    );
  }
  await withData(
    { "train.csv": "id,y\na,0\na,1\n", "train/a.png": "" },
    (_dir, open) => assertDataProblem(() => open(), '"a" is there twice'),
  );
});

Deno.test("csv_folder predicts the listed test images, or all there are, where no sample submission lists them", async () => {
  const base = {
    "train.csv": "id,y\na.png,0\nb.png,1\n",
    ...empty("train/a.png", "train/b.png", "test/u.png", "test/v.png"),
  };
  await withData(base, async (_dir, open) => {
    const layout = await open();
    assertEquals(await layout.testIds(), ["u.png", "v.png"]);
    assertEquals([layout.submission.idColumn, layout.submission.predictionColumn], ["id", "y"]);
  });
  await withData({ ...base, "test.csv": "id\nv.png\n" }, async (_dir, open) => {
    assertEquals(await (await open()).testIds(), ["v.png"]);
  });
});

Deno.test("csv_folder takes the images' own names for Ids where the sample submission names what only the test list has", () =>
  withData({
    "train.csv": "site,patient,image,cancer\n2,p1,462,0\n2,p1,1459,0\n2,p2,99,1\n",
    "test.csv": "site,patient,image,prediction\n2,p8,736,p8_L\n2,p8,159,p8_L\n2,p8,680,p8_R\n",
    "sample_submission.csv": "prediction,cancer\np8_R,0.5\np8_L,0.5\n",
    ...empty("train_images/p1/462.png", "train_images/p1/1459.png", "train_images/p2/99.png"),
    ...empty("test_images/p8/736.png", "test_images/p8/159.png", "test_images/p8/680.png"),
  }, async (dir, open) => {
    const layout = await open({ group_column: "patient" });
    assertEquals(await labelsById(layout), { "1459": [0], "462": [0], "99": [1] });
    assertEquals([layout.groupOf("462"), layout.params?.image_pattern], ["p1", "{image}"]);
    const ids = await layout.testIds();
    assertEquals(ids, ["p8_R/680", "p8_L/736", "p8_L/159"]);
    assertEquals(ids.map((id) => layout.submissionIdOf?.(id, "test")), ["p8_R", "p8_L", "p8_L"]);
    assertEquals((await layout.filesOf(ids[2]!, "test")).files, [join(dir, "test_images/p8/159.png")]);
  }));

Deno.test("csv_folder prefers a folder with images to one of a more usual name without", () =>
  withData({
    "train.csv": "id,y\na,0\nb,1\n",
    ...empty("train/notes.txt", "jpeg/train/a.jpg", "jpeg/train/b.jpg", "test/notes.txt", "jpeg/test/t.jpg"),
  }, async (_dir, open) => {
    const layout = await open();
    assertEquals([layout.params?.images, layout.params?.test_images], ["jpeg/train", "jpeg/test"]);
  }));
