import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { assertDataProblem, assertProblem, empty, labelsById, listed, withData } from "./_layout_data.ts";

const TRAIN = empty(
  "train/cat/1.jpg",
  "train/cat/2.JPEG",
  "train/dog/1.jpg",
  "train/dog/sub/3.png",
  "train/dog/._1.jpg",
);
const LABELS = { "cat/1.jpg": [0], "cat/2.JPEG": [0], "dog/1.jpg": [1], "dog/sub/3.png": [1] };

Deno.test("image_folder reads a folder for each class, and a flat folder of test images", () =>
  withData({
    ...TRAIN,
    ...empty("train/stray.jpg", "train/empty/notes.txt", "test/9.jpg", "test/8.JPG", "test/7.jpg"),
    "sample_submission.csv": "file,species\n9.jpg,cat\n8.jpg,cat\n",
  }, async (dir, open) => {
    const layout = await open();
    assertEquals([layout.name, layout.target, layout.classes], ["image_folder", "class", ["cat", "dog"]]);
    assertEquals([layout.params?.train, layout.params?.val, layout.params?.test], ["train", null, "test"]);
    assertEquals(await labelsById(layout), LABELS);
    const images = Object.keys(LABELS).map((id) => [id, `train/${id}`]);
    assertEquals(await listed(layout, "train"), Object.fromEntries(images));
    assertEquals((await layout.filesOf("dog/sub/3.png", "train")).files, [join(dir, "train/dog/sub/3.png")]);
    assertEquals(await layout.testIds(), ["9.jpg", "8.jpg"]);
    assertEquals(await listed(layout, "test"), {
      "9.jpg": "test/9.jpg",
      "8.jpg": "test/8.JPG",
      "7.jpg": "test/7.jpg",
    });
    assertEquals((await layout.filesOf("8.jpg", "test")).files, [join(dir, "test/8.JPG")]);
    const { idColumn, predictionColumn, format, parse } = layout.submission;
    assertEquals([idColumn, predictionColumn, format([1]), parse("dog")], ["file", "species", "dog", [1]]);
    assertEquals([layout.groupOf("cat/1.jpg"), await layout.listImages("external")], [null, []]);
  }));

Deno.test("image_folder joins validation images under their folder, and does not use the labels of test images", async (t) => {
  for (const val of ["val", "valid", "validation"]) {
    await t.step(val, () =>
      withData({
        ...TRAIN,
        ...empty(`${val}/cat/1.jpg`, `${val}/eel/1.jpg`, "test/cat/1.jpg", "test/dog/5.jpg"),
      }, async (_dir, open) => {
        const layout = await open();
        assertEquals(layout.classes, ["cat", "dog", "eel"]);
        assertEquals(await labelsById(layout), {
          ...LABELS,
          [`${val}/cat/1.jpg`]: [0],
          [`${val}/eel/1.jpg`]: [2],
        });
        assertEquals(await layout.testIds(), ["cat/1.jpg", "dog/5.jpg"]);
        assertEquals(await listed(layout, "test"), {
          "cat/1.jpg": "test/cat/1.jpg",
          "dog/5.jpg": "test/dog/5.jpg",
        });
        assertEquals([layout.submission.idColumn, layout.submission.predictionColumn], ["id", "label"]);
      }));
  }
});

Deno.test("image_folder takes Ids without extension, of class folders of test images, with the folder's name before them", () =>
  withData({
    ...TRAIN,
    ...empty("test/cat/5.jpg", "test/dog/6.jpg"),
    "sample_submission.csv": "id,cat,dog,eel\n6,0,0,1\ntest/cat/5.jpg,0,0,1\n",
  }, async (dir, open) => {
    const layout = await open();
    assertEquals(layout.classes, ["cat", "dog", "eel"]);
    assertEquals(await layout.testIds(), ["6", "test/cat/5.jpg"]);
    assertEquals((await layout.filesOf("test/cat/5.jpg", "test")).files, [join(dir, "test/cat/5.jpg")]);
    assertEquals(await listed(layout, "test"), { "6": "test/dog/6.jpg", "test/cat/5.jpg": "test/cat/5.jpg" });
  }));

Deno.test("image_folder reads classes directly in the data folder, beside folders of other things", () =>
  withData(
    {
      ...empty(
        "cat/1.jpg",
        "dog/1.jpg",
        "Test/x.jpg",
        "weights/a.safetensors",
        "demo/rgby/train/a.png",
        ".cache/a.png",
      ),
      ...empty("__MACOSX/cat/._1.jpg", "val/dog/2.jpg", "images/stray.jpg"),
    },
    async (_dir, open) => {
      const layout = await open();
      assertEquals([layout.name, layout.params?.train, layout.params?.test], ["image_folder", ".", "Test"]);
      assertEquals(await labelsById(layout), { "cat/1.jpg": [0], "dog/1.jpg": [1], "val/dog/2.jpg": [1] });
      assertEquals(await layout.testIds(), ["x.jpg"]);
    },
  ));

Deno.test("image_folder finds train and test one folder deeper, and follows links to folders", () =>
  withData(empty("imgs/train/c0/1.jpg", "imgs/train/c1/1.jpg", "imgs/test/2.jpg"), async (dir, open) => {
    await Deno.symlink(join(dir, "imgs/train/c1"), join(dir, "imgs/train/c2"));
    await Deno.symlink(join(dir, "imgs/train"), join(dir, "imgs/train/c0/loop"));
    const layout = await open();
    assertEquals([layout.params?.train, layout.params?.test], ["imgs/train", "imgs/test"]);
    assertEquals(await labelsById(layout), { "c0/1.jpg": [0], "c1/1.jpg": [1], "c2/1.jpg": [2] });
  }));

Deno.test("image_folder reads grades of numbered folders, or in the given order", async () => {
  await withData(empty("train/10/a.png", "train/9/a.png"), async (_dir, open) => {
    assertEquals([(await open()).target, (await open()).classes], ["class", ["9", "10"]]);
    const grades = await open({ target: "grade" });
    assertEquals([grades.target, await labelsById(grades)], ["grade", { "10/a.png": [1], "9/a.png": [0] }]);
  });
  await withData(TRAIN, async (_dir, open) => {
    await assertProblem(2, () => open({ target: "grade" }), "not whole numbers", "layout_params.classes");
    const grades = await open({ target: "grade", classes: ["dog", "cat"] });
    assertEquals((await labelsById(grades))["cat/1.jpg"], [1]);
  });
});

Deno.test("image_folder reads the class from file names of a flat folder", async (t) => {
  const test = { ...empty("test/1.jpg"), "sample_submission.csv": "id,label\n1,0.5\n" };
  const cases: [string[], Record<string, unknown>, Record<string, number[]>][] = [
    [["cat.0.jpg", "dog.0.JPG", "cat.10.jpg"], {}, { "cat.0.jpg": [0], "cat.10.jpg": [0], "dog.0.JPG": [1] }],
    [["a_1.png", "b_1.png"], {}, { "a_1.png": [0], "b_1.png": [1] }],
    [["x-a-1.png", "x-b-left.png", "y.png"], { class_pattern: "x-{class}-*" }, {
      "x-a-1.png": [0],
      "x-b-left.png": [1],
    }],
  ];
  for (const [names, params, labels] of cases) {
    await t.step(
      names.join(", "),
      () =>
        withData({ ...empty(...names.map((name) => `train/${name}`)), ...test }, async (_dir, open) => {
          const layout = await open(params, Object.keys(params).length > 0 ? "image_folder" : "auto");
          assertEquals([layout.name, await labelsById(layout)], ["image_folder", labels]);
          assertEquals(await labelsById(await open(layout.params, "image_folder")), labels);
          assertEquals(await layout.testIds(), ["1"]);
        }),
    );
  }
  await withData(
    empty("train/cat.0.jpg"),
    (_dir, open) =>
      assertProblem(2, () => open({ class_pattern: "cat" }, "image_folder"), "class_pattern", "{class}.*"),
  );
});

Deno.test("image_folder names what is wrong with folders and images", async (t) => {
  const refuse = (files: Record<string, string>, params: Record<string, unknown>, ...parts: string[]) =>
    t.step(
      parts[0]!,
      () => withData(files, (_dir, open) => assertDataProblem(() => open(params, "image_folder"), ...parts)),
    );
  await refuse(TRAIN, { classes: ["cat", "dogs"] }, 'the folder "dog" is no class', 'did you mean "dogs"?');
  await refuse(TRAIN, { train: "nothing" }, "Cannot find any class", "layout_params.train");
  await refuse(empty("train/val/cat/1.jpg", "val/cat/1.jpg"), {}, '"val/cat/1.jpg" is there twice');
  await withData(
    { ...TRAIN, "sample_submission.csv": "id,y\n../train/cat/1.jpg,\nx,\nx,\n" },
    async (_dir, open) => {
      const layout = await open();
      await assertDataProblem(() => layout.testIds(), '"x" is there twice');
      await assertDataProblem(() => layout.filesOf("../train/cat/1.jpg", "test"), "leaves its folder");
      await assertDataProblem(() => layout.filesOf("x", "test"), 'the image "x"');
      await assertDataProblem(() => layout.filesOf("cat/9.jpg", "train"), 'the image "cat/9.jpg"');
    },
  );
  await withData(TRAIN, async (_dir, open) => {
    const layout = await open();
    await assertDataProblem(() => layout.testIds(), "Cannot find test images", "layout_params.test");
  });
});
