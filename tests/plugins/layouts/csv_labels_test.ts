import { assertEquals } from "@std/assert";
import type { TargetKind } from "../../../core/plugin/contracts.ts";
import { assertDataProblem, assertProblem, labelsById, withData } from "./_layout_data.ts";

interface Case {
  readonly train: string;
  readonly sample?: string;
  readonly params?: Record<string, unknown>;
  readonly target: TargetKind;
  readonly classes: readonly string[];
  /** Labels by Id. */
  readonly labels: Record<string, readonly number[]>;
}

function files({ train, sample }: Pick<Case, "train" | "sample">): Record<string, string> {
  return { "train.csv": train, "train/a.png": "", ...(sample ? { "sample_submission.csv": sample } : {}) };
}

const CASES: Record<string, Case> = {
  "columns of the sample submission, in its order, beside columns of other things": {
    train: "uid,patient,left,right,age\na,p1,1,0,4\nb,p2,1,1,9\nc,p3,0,0,2\n",
    sample: "uid,right,left\nt,0,0\n",
    target: "class_set",
    classes: ["right", "left"],
    labels: { a: [1], b: [0, 1], c: [] },
  },
  "columns of which each row has one": {
    train: "id,healthy,rust\na,1,0\nb,0,1\n",
    sample: "id,healthy,rust\nt,0.5,0.5\n",
    target: "class",
    classes: ["healthy", "rust"],
    labels: { a: [0], b: [1] },
  },
  "columns of zeros and ones without a sample, also as decimals and words": {
    train: "id,x,y\na,1.0,False\nb,0,true\n",
    target: "class",
    classes: ["x", "y"],
    labels: { a: [0], b: [1] },
  },
  "shares of classes": {
    train: "id,smooth,disk\na,0.25,0.75\nb,1,0\n",
    sample: "id,smooth,disk\nt,0,0\n",
    target: "probabilities",
    classes: ["smooth", "disk"],
    labels: { a: [0.25, 0.75], b: [1, 0] },
  },
  "measured numbers in several columns": {
    train: "id,x,y\na,-1.5,2e3\nb,.5,7\n",
    params: { label_columns: ["y", "x"] },
    target: "value",
    classes: ["y", "x"],
    labels: { a: [2000, -1.5], b: [7, 0.5] },
  },
  "decimals in one column": {
    train: "id,size\na,1.5\nb,3\n",
    target: "value",
    classes: ["size"],
    labels: { a: [1.5], b: [3] },
  },
  "whole numbers where the sample has decimals": {
    train: "Id,Eyes,Near,Score\na,1,0,63\nb,0,1,42\nc,1,1,28\n",
    sample: "Id,Score\nt,37.25\n",
    target: "value",
    classes: ["Score"],
    labels: { a: [63], b: [42], c: [28] },
  },
  "two whole numbers where the sample has decimals are classes": {
    train: "Id,cancer\na,1\nb,0\n",
    sample: "Id,cancer\nt,0.5\n",
    target: "class",
    classes: ["0", "1"],
    labels: { a: [1], b: [0] },
  },
  "grades from the lowest number to the highest": {
    train: "id,grade\na,1\nb,4\n",
    params: { target: "grade" },
    target: "grade",
    classes: ["1", "2", "3", "4"],
    labels: { a: [0], b: [3] },
  },
  "grades in the given order": {
    train: "id,grade\na,mild\nb,none\n",
    params: { target: "grade", classes: ["none", "mild", "severe"] },
    target: "grade",
    classes: ["none", "mild", "severe"],
    labels: { a: [1], b: [0] },
  },
  "a word for each column of the sample": {
    train: "subject,class,img\ns1,c1,a.jpg\ns2,c0,b.jpg\n",
    sample: "img,c0,c1,c2\nt.jpg,1,0,0\n",
    params: { group_column: "subject" },
    target: "class",
    classes: ["c0", "c1", "c2"],
    labels: { "a.jpg": [1], "b.jpg": [0] },
  },
  "names of several words are no sets": {
    train: "id,name\na,black rot\nb,apple scab\nc,healthy\nd,black rot\n",
    target: "class",
    classes: ["apple scab", "black rot", "healthy"],
    labels: { a: [1], b: [0], c: [2], d: [1] },
  },
  "sets of few rows, some of whose words are cells of their own": {
    train: "id,tags\na,healthy\nb,scab spot complex\nc,scab\nd,mildew complex\n",
    target: "class_set",
    classes: ["complex", "healthy", "mildew", "scab", "spot"],
    labels: { a: [1], b: [0, 3, 4], c: [3], d: [0, 2] },
  },
  "sets share their words": {
    train: "id,tags\na,haze road\nb,haze\nc,road river\nd,\n",
    target: "class_set",
    classes: ["haze", "river", "road"],
    labels: { a: [0, 2], b: [0], c: [1, 2], d: [] },
  },
  "sets with other marks between their words": {
    train: 'id,tags\na,"haze, road"\nb,haze\nc,"road, dry river"\nd,dry river\n',
    target: "class_set",
    classes: ["dry river", "haze", "road"],
    labels: { a: [1, 2], b: [1], c: [0, 2], d: [0] },
  },
  "class indices with a mark between them": {
    train: "id,tags\na,0|2\nb,1\n",
    target: "class_set",
    classes: ["0", "1", "2"],
    labels: { a: [0, 2], b: [1] },
  },
  "names with marks in them, which are no sets": {
    train: 'id,tags\na,"oak, red"\nb,"wort; dry"\nc,x\n',
    target: "class",
    classes: ["oak, red", "wort; dry", "x"],
    labels: { a: [0], b: [1], c: [2] },
  },
  "an empty cell where the sample shows several labels": {
    train: "id,tags\na,haze\nb,\nc,road\n",
    sample: "id,tags\nt,haze road\n",
    target: "class_set",
    classes: ["haze", "road"],
    labels: { a: [0], b: [], c: [1] },
  },
  "an empty cell where the parameters say so": {
    train: "id,tags\na,haze\nb,\n",
    params: { target: "class_set" },
    target: "class_set",
    classes: ["haze"],
    labels: { a: [0], b: [] },
  },
  "large numbers with gaps are names, in the order of numbers": {
    train: "image,chain,hotel_id\na,1,20001\nb,1,9999\nc,2,20001\n",
    sample: "image,hotel_id\nt,9999 20001\n",
    target: "class",
    classes: ["9999", "20001"],
    labels: { a: [1], b: [0], c: [1] },
  },
  "the Id column of the sample, whatever its case and place": {
    train: "category,file,id\n3,f1,a\n1,f2,b\n",
    sample: "Id,Predicted\nt,0\n",
    target: "class",
    classes: ["0", "1", "2", "3"],
    labels: { a: [3], b: [1] },
  },
};

for (const [name, { params = {}, target, classes, labels, ...data }] of Object.entries(CASES)) {
  Deno.test(`csv_folder reads ${name}`, () =>
    withData(files(data), async (_dir, open) => {
      const layout = await open(params, "csv_folder");
      assertEquals([layout.target, layout.classes], [target, classes]);
      assertEquals(await labelsById(layout), labels);
      // What was found, written into a config, reads the same.
      const again = await open(layout.params, "csv_folder");
      assertEquals([again.target, again.classes, again.params], [target, classes, layout.params]);
      assertEquals(await labelsById(again), labels);
    }));
}

Deno.test("csv_folder names file, row and way out of an empty label where other rows have one", () =>
  withData(files({ train: "id,y\na,cat\nb,dog\nc,\n" }), async (dir, open) => {
    const parts = [`"${dir}/train.csv", row 4, Id "c"`, "no label", "layout_params.target", "class_set"];
    await assertDataProblem(() => open(), ...parts);
    const single = await open({ target: "class" });
    await assertDataProblem(() => single.readLabels(), ...parts);
  }));

Deno.test("csv_folder names the row of a label that does not fit the target", async (t) => {
  const refuse = (train: string, params: Record<string, unknown>, ...parts: string[]) =>
    t.step(parts.join(", "), () =>
      withData(files({ train }), async (_dir, open) => {
        const layout = await open(params);
        await assertDataProblem(() => layout.readLabels(), ...parts);
      }));
  await refuse("id,y\na,1.5\nb,\n", {}, "row 3", 'the label ""', 'column "y"');
  await refuse("id,y\na,1.5\nb,n/a\n", { target: "value" }, "row 3", '"n/a"');
  await refuse("id,x,y\na,1,0\nb,1,1\n", { target: "class" }, "row 3", "2 labels");
  await refuse(
    "id,x,y\na,1,0\nb,1,\n",
    { target: "class_set", label_columns: ["x", "y"] },
    "row 3",
    'column "y"',
  );
  await refuse("id,x,y\na,.5,.5\nb,1,2\n", { target: "probabilities", label_columns: ["x", "y"] }, "row 3");
  await refuse("id,y\na,cat\nb,dgo\n", { classes: ["cat", "dog"] }, '"dgo"', 'did you mean "dog"?', "row 3");
});

Deno.test("csv_folder refuses parameters that do not fit the label file", async (t) => {
  const refuse = (params: Record<string, unknown>, exitCode: 2 | 3, ...parts: string[]) =>
    t.step(
      parts[0]!,
      () =>
        withData(files({ train: "id,x,y\na,1,0\nb,0,1\n" }), (_dir, open) =>
          assertProblem(exitCode, () => open(params), ...parts)),
    );
  await refuse({ target: "grade" }, 2, "grades need one label column", "label_column");
  await refuse({ target: "grade", label_column: "id" }, 2, "not whole numbers", "layout_params.classes");
  await refuse({ classes: ["y", "x"] }, 2, 'the classes are the label columns ["x","y"]', "label_columns");
  await refuse({ label_columns: ["x", "z"] }, 3, 'no column "z"');
  await refuse({ image_pattern: "{idd}" }, 2, 'no column "idd"', 'did you mean "id"?');
  await refuse({ image_pattern: "*_{id}" }, 2, "must name a column before any *");
  await refuse({ labels: "labels.csv" }, 3, "labels.csv", "no such file");
  await refuse({ label_colum: "y" }, 2, 'label_colum: unknown key; did you mean "label_column"?');
});

Deno.test("csv_folder writes numbers and names into cells as it reads them", async () => {
  await withData(files({ train: "id,y\na,black rot\nb,rust red\nc,x\n" }), async (_dir, open) => {
    const { submission } = await open();
    assertEquals([submission.format([0]), submission.parse("black rot"), submission.parse("x")], [
      "black rot",
      [0],
      [
        2,
      ],
    ]);
  });
  await withData(files({ train: "id,y\na,1.5\n" }), async (_dir, open) => {
    const { submission } = await open();
    assertEquals([submission.format([2.5]), submission.parse("2.5")], ["2.5", [2.5]]);
  });
});
