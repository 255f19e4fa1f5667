import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { inFolder } from "../_in_folder.ts";
import { ROOT, runInFolder } from "./_task_process.ts";

const SAMPLE = "image_id,healthy,multiple_diseases,rust,scab\nTest_1,0.25,0.25,0.25,0.25\nTest_0,0,0,0,1\n";
const LABELS = "image_id,healthy,multiple_diseases,rust,scab\nTrain_0,1,0,0,0\nTrain_1,0,0,1,0\n";

const ONE_COLUMN = `
data: { dir: data, layout: csv_folder, layout_params: { label_column: healthy } }
test_val: [inferences/val2.csv]
test: [inferences/test2.csv]
`;

const FOUR_COLUMNS = `
data:
  dir: data
  layout: described
  layout_params:
    classes: [rust, scab, healthy, multiple_diseases]
    test_ids: [Test_0, Test_1]
    sample: data/sample_submission.csv
test_val: [inferences/val4.csv]
test: [inferences/test4.csv]
metric: roc_auc
plugins: [described_layout.ts]
`;

const FILES: Readonly<Record<string, string>> = {
  "data/train.csv": LABELS,
  "data/train/Train_0.jpg": "",
  "data/sample_submission.csv": SAMPLE,
  "inferences/val2.csv": "Id,L00,L01,P00,P01\nTrain_0,0,1,0.25,0.75\nTrain_1,1,0,0.5,0.5\n",
  "inferences/test2.csv": "Id,P00,P01\nTest_0,0.25,0.75\nTest_1,0.5,0.5\n",
  "inferences/val4.csv": "Id,L00,L01,L02,L03,P00,P01,P02,P03\n" +
    "Train_0,0,0,1,0,0.125,0.125,0.75,0\nTrain_1,1,0,0,0,0.75,0.25,0,0\n",
  "inferences/test4.csv": "Id,P00,P01,P02,P03\nTest_0,0.125,0.125,0.75,0\nTest_1,0,0.5,0.25,0.25\n",
  "wrong.yml": ONE_COLUMN,
  "right.yml": FOUR_COLUMNS,
  "described_layout.ts": `export { default } from "${
    join(ROOT, "tests", "fixtures", "plugins", "described_layout.ts")
  }";\n`,
};

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("a sample of five columns never gives a file of two", () =>
  inFolder(async (cwd) => {
    for (const [name, text] of Object.entries(FILES)) {
      await Deno.mkdir(join(cwd, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(cwd, name), text);
    }
    const submission = join(cwd, "submissions", "submission.csv");
    const wrong = await runInFolder(cwd, "make_submission", ["wrong.yml"]);
    assertEquals([wrong.code, await exists(submission)], [3, false], wrong.stderr);
    assertStringIncludes(wrong.stderr, "4 columns beside the Ids, the layout 2 classes");
    const forced = await runInFolder(cwd, "make_submission", ["wrong.yml", "--set", "shape=labels"]);
    assertEquals([forced.code, await exists(submission)], [2, false], forced.stderr);

    const right = await runInFolder(cwd, "make_submission", ["right.yml"]);
    assertEquals(right.code, 0, right.stderr);
    assertStringIncludes(right.stdout, "shape columns: the sample has a column for each class\n");
    assertStringIncludes(right.stdout, "validation AUC 1.0000; best constant answer 0.5000\n");
    const header = SAMPLE.split("\n")[0]!;
    assertEquals(
      await Deno.readTextFile(submission),
      `${header}\nTest_1,0.25,0.25,0,0.5\nTest_0,0.75,0,0.125,0.125\n`,
    );
    const summary = JSON.parse(await Deno.readTextFile(`${submission}.json`));
    assertEquals(summary.validation, { metric: "AUC", score: 1, interval: null });
  }));
