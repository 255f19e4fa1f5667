import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { openLayout } from "../../../core/layout/open_layout.ts";
import { assertDataProblem, withData } from "./_layout_data.ts";

const registry = await loadPlugins([], ["layouts"]);

const HPA = {
  "train.csv": "Id,Target\nb,16 0\na,25\n",
  "external.csv": "Id,Target\n1_A1_1_,5\n",
  "sample_submission.csv": "Id,Predicted\nz,0\ny,0\n",
  "rgby/train/a.png": "",
  "raw/train/b_red.png": "",
  "raw/train/b_green.png": "",
  "raw/train/b_blue.jpg": "",
  "raw/train/b_yellow.png": "",
  "raw/train/a_green.png": "",
  "rgby/external/1_A1_1_.png": "",
  "rgby/test/z.png": "",
  "rgby/test/._z.png": "",
};

Deno.test("hpa reads labels and prefers one RGBY file to four gray ones", () =>
  withData(HPA, async (dir, open) => {
    const layout = await open();
    assertEquals([layout.name, layout.classes.length, layout.channels[1], layout.hashChannel], [
      "hpa",
      28,
      "green",
      1,
    ]);
    assertEquals(await layout.readLabels(), [
      { id: "1_A1_1_", source: "external", labels: [5] },
      { id: "a", source: "train", labels: [25] },
      { id: "b", source: "train", labels: [0, 16] },
    ]);
    const raw = ["b_red.png", "b_green.png", "b_blue.jpg", "b_yellow.png"].map((name) =>
      join(dir, "raw/train", name)
    );
    const listed = (await layout.listImages("train")).map(({ id, source, files }) => ({ id, source, files }));
    assertEquals(listed, [
      { id: "a", source: "train", files: [join(dir, "rgby/train/a.png")] },
      { id: "b", source: "train", files: raw },
    ]);
    assertEquals((await layout.filesOf("b", "train")).files, raw);
    assertEquals((await layout.listImages("test")).map((image) => image.id), ["z"]);
    assertEquals(await layout.testIds(), ["z", "y"]);
    assertEquals(layout.submission.format([0, 16]), "0 16");
    assertEquals(layout.submission.parse("16 0"), [0, 16]);
  }));

Deno.test("hpa names what is wrong with the data", async (t) => {
  const step = (name: string, change: Record<string, string>, parts: string[]) =>
    t.step(name, () =>
      withData({ ...HPA, ...change }, async (_dir, open) => {
        const layout = await open();
        await assertDataProblem(() => layout.readLabels(), ...parts);
      }));
  await step("unknown class", { "train.csv": "Id,Target\na,28\n" }, [
    '"28" is not a class',
    'Id "a"',
    "0 to 27",
  ]);
  await step("label is a word", { "train.csv": "Id,Target\na,Golgi\n" }, ['"Golgi" is not a class']);
  await step("Id twice", { "train.csv": "Id,Target\na,1\na,2\n" }, ['"a" is there twice']);
  await step("Id in both files", { "external.csv": "Id,Target\na,1\n" }, ['"a" is there twice']);
  await step("missing column", { "train.csv": "Id,Labels\na,1\n" }, ['no column "Target"', "train.csv"]);
  await t.step("Id that leaves its folder", () =>
    withData(HPA, async (_dir, open) => {
      const layout = await open();
      await assertDataProblem(
        () => layout.filesOf("../../secret", "train"),
        '"../../secret"',
        "leaves its folder",
      );
      await assertDataProblem(
        () => layout.filesOf("c", "train"),
        'the image "c"',
        "c.png",
        "c_{red,green,blue,yellow}",
      );
      await assertDataProblem(() => layout.filesOf("a", "external"), 'the image "a"');
    }));
});

const FACES = {
  "train/train.csv":
    "id,gender,race,age,path\n1,female,Asian,60,1_female_Asian_60\n2,male,Asian,29,2_male_Asian_29\n",
  "train/images/1_female_Asian_60/mask1.jpg": "",
  "train/images/1_female_Asian_60/normal.png": "",
  "train/images/1_female_Asian_60/._mask1.jpg": "",
  "eval/info.csv": "ImageID,ans\nq.jpg,0\nc.jpg,0\n",
  "eval/images/q.jpg": "",
};

Deno.test("ai_stage gives the classes of mask, gender and age, a group a person", () =>
  withData(FACES, async (dir, open) => {
    const layout = await open();
    assertEquals([layout.name, layout.classes.length, layout.target], ["ai_stage", 18, "class"]);
    const labels = new Map((await layout.readLabels()).map((row) => [row.id, row.labels]));
    assertEquals(labels.size, 14);
    assertEquals(labels.get("1_female_Asian_60/mask3"), [5]);
    assertEquals(labels.get("1_female_Asian_60/incorrect_mask"), [11]);
    assertEquals(labels.get("1_female_Asian_60/normal"), [17]);
    assertEquals(labels.get("2_male_Asian_29/normal"), [12]);
    assertEquals(layout.classes[17], "not wear, female, 60 and above");
    assertEquals((await layout.listImages("train")).map((image) => image.id), [
      "1_female_Asian_60/mask1",
      "1_female_Asian_60/normal",
    ]);
    const mask = join(dir, "train/images/1_female_Asian_60/mask1.jpg");
    assertEquals((await layout.filesOf("1_female_Asian_60/mask1", "train")).files, [mask]);
    assertEquals(await layout.testIds(), ["q.jpg", "c.jpg"]);
    assertEquals((await layout.filesOf("q.jpg", "test")).files, [join(dir, "eval/images/q.jpg")]);
    assertEquals([layout.groupOf("1_female_Asian_60/mask1"), layout.groupOf("q.jpg")], [
      "1_female_Asian_60",
      null,
    ]);
    assertEquals([layout.submission.idColumn, layout.submission.format([17])], ["ImageID", "17"]);
    const moved = await open({ age_limits: [29, 60] });
    assertEquals((await moved.readLabels()).at(-1)?.labels, [13]);
  }));

Deno.test("ai_stage names a gender or an age it cannot use", async () => {
  const header = "id,gender,race,age,path\n";
  for (
    const [row, part] of [["1,femal,A,9,p", 'did you mean "female"?'], ["1,male,A,old,p", '"old"']] as const
  ) {
    await withData({ ...FACES, "train/train.csv": header + row + "\n" }, async (_dir, open) => {
      const layout = await open();
      await assertDataProblem(() => layout.readLabels(), part);
    });
  }
});

Deno.test("csv_folder reads any label file beside a folder of images", () =>
  withData({
    "train.csv": "image_id,species,site\nb.jpg,cat,s1\nsub/a.jpg,dog,s2\n",
    "train/b.jpg": "",
    "train/sub/a.jpg": "",
    "test/t.jpg": "",
    "sample_submission.csv": "image,label\nt.jpg,cat\n",
  }, async (dir, open) => {
    const layout = await open({ group_column: "site" }, "csv_folder");
    assertEquals([layout.classes, layout.target], [["cat", "dog"], "class"]);
    assertEquals((await layout.readLabels()).map((row) => [row.id, ...row.labels]), [["b.jpg", 0], [
      "sub/a.jpg",
      1,
    ]]);
    assertEquals((await layout.listImages("train")).map((image) => image.id), ["b.jpg", "sub/a.jpg"]);
    assertEquals((await layout.filesOf("sub/a.jpg", "train")).files, [join(dir, "train/sub/a.jpg")]);
    assertEquals([layout.groupOf("b.jpg"), layout.submission.idColumn, layout.submission.predictionColumn], [
      "s1",
      "image",
      "label",
    ]);
    assertEquals([layout.submission.format([1]), layout.submission.parse("cat")], ["dog", [0]]);
    assertEquals((await open()).name, "csv_folder");
  }));

Deno.test("csv_folder takes numbers as class indices and refuses labels outside the given classes", () =>
  withData({ "train.csv": "Id,y\na,0 3\nb,\n", "train/a.png": "" }, async (_dir, open) => {
    const layout = await open();
    assertEquals([layout.classes, layout.target], [["0", "1", "2", "3"], "class_set"]);
    assertEquals((await layout.readLabels()).map((row) => row.labels), [[0, 3], []]);
    const named = await open({ classes: ["0", "1"] }, "csv_folder");
    await assertDataProblem(() => named.readLabels(), 'the label "3"', 'Id "a"');
    await assertDataProblem(() => layout.testIds(), "sample_submission.csv", "no such file");
  }));

Deno.test("a data folder that is missing or of no known layout is refused", async () => {
  const missing = () => openLayout(registry, "/nowhere/data");
  await assertDataProblem(missing, '"/nowhere/data"', "does not exist");
  await withData(
    { "notes.txt": "" },
    (_dir, open) => assertDataProblem(() => open(), "known layouts: hpa, ai_stage, csv_folder"),
  );
});

Deno.test("auto takes the competition's CSV files alone for hpa, and a folder of images beside them for csv_folder", async () => {
  const files = {
    "train.csv": "Id,Target\nb,16 0\na,25\n",
    "sample_submission.csv": "Id,Predicted\nz,0\n",
  };
  await withData(files, async (_dir, open) => assertEquals((await open()).name, "hpa"));
  await withData({ ...files, "train/a.png": "" }, async (_dir, open) => {
    assertEquals((await open()).name, "csv_folder");
  });
});
