import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../../core/base/problem.ts";
import type { OutOfFoldModel } from "../../../../core/submit/out_of_fold/model_files.ts";
import { readOutOfFold } from "../../../../core/submit/out_of_fold/read_out_of_fold.ts";
import type { Layout } from "../../../../core/plugin/contracts.ts";
import {
  chance,
  FOLDS,
  labelsOf,
  makeFile,
  makeModel,
  ROWS,
  rowsOf,
  splitPath,
  TEST,
  UNSEEN,
  withSplits,
} from "./_folds.ts";

/** Every second number, those of class 0. */
function firstClass(matrix: ArrayLike<number>): number[] {
  return Array.from({ length: matrix.length / 2 }, (_, row) => matrix[2 * row]!);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("readOutOfFold", () => {
  it("has each labelled Id once, from the fold that left it out, for every model", () =>
    withSplits(async (dir, layout) => {
      const made = [await makeModel(dir, "a"), await makeModel(dir, "longer")];
      const models = made.map((model) => ({ ...model, testVal: [] }));
      const table = await readOutOfFold(models, { layout });
      assertEquals(table.ids, ROWS);
      assertEquals([...table.labels], ROWS.flatMap(labelsOf));
      assertEquals([...table.folds], [0, 1, 2, 0, 1, 2, 0, 1, 2]);
      for (const [place, name] of ["a", "longer"].entries()) {
        const expected = ROWS.map((id, i) => chance(name, i % FOLDS, id));
        assertEquals(firstClass(table.members[place]!), expected);
      }
      assertEquals([table.testIds, table.testVal, table.leftOut], [TEST, 0, []]);
      assertEquals(new Set(table.groups).size, ROWS.length);
    }));

  it("averages test predictions over the folds by each rule, whatever the order of rows", () =>
    withSplits(async (dir, layout) => {
      const models = [await makeModel(dir, "a")];
      const folds = TEST.map((id) => Array.from({ length: FOLDS }, (_, fold) => chance("a", fold, id)));
      const testOf = async (foldMerge: "mean" | "gmean") =>
        firstClass((await readOutOfFold(models, { layout, foldMerge })).test![0]!);
      for (const [row, found] of (await testOf("mean")).entries()) {
        assertAlmostEquals(found, mean(folds[row]!), 1e-12);
      }
      for (const [row, found] of (await testOf("gmean")).entries()) {
        // The logit of the geometric mean over p and 1 - p is the mean logit.
        const logit = mean(folds[row]!.map((p) => Math.log(p / (1 - p))));
        assertAlmostEquals(found, 1 / (1 + Math.exp(-logit)), 1e-12);
      }
    }));

  it("ranks labelled images within their fold where test predictions are ranks", () =>
    withSplits(async (dir, layout) => {
      const model = { ...await makeModel(dir, "a"), testVal: [] };
      const table = await readOutOfFold([model], { layout, foldMerge: "rank" });
      const rankIn = (fold: number, id: string, ids: readonly string[]) =>
        ids.filter((other) => chance("a", fold, other) <= chance("a", fold, id)).length / ids.length;
      assertEquals(
        firstClass(table.members[0]!),
        ROWS.map((id, i) => rankIn(i % FOLDS, id, rowsOf(i % FOLDS))),
      );
      const test = TEST.map((id) => mean([0, 1, 2].map((fold) => rankIn(fold, id, TEST))));
      for (const [row, found] of firstClass(table.test![0]!).entries()) {
        assertAlmostEquals(found, test[row]!, 1e-12);
      }
    }));

  it("joins test_val, each row by one fold in turn, as a part of its own", () =>
    withSplits(async (dir, layout) => {
      const { ids, folds, members, testVal } = await readOutOfFold([await makeModel(dir, "a")], { layout });
      assertEquals([ids, testVal], [[...ROWS, ...UNSEEN], UNSEEN.length]);
      assertEquals([...folds.slice(ROWS.length)], [3, 3, 3, 3]);
      assertEquals(
        firstClass(members[0]!).slice(ROWS.length),
        UNSEEN.map((id, i) => chance("a", i % FOLDS, id)),
      );
    }));

  it("keeps duplicates and the layout's groups whole", () =>
    withSplits(async (dir, layout) => {
      const header = "hash,Ids,Target\n";
      await Deno.writeTextFile(
        join(dir, "duplicates.phash.csv"),
        `${header}0,r0 r3,0\n0,t0 r8,0\n`,
      );
      await Deno.writeTextFile(join(dir, "duplicates.ahash.csv"), `${header}0,r3 r4,0\n`);
      const persons: Layout = { ...layout, groupOf: (id) => id === "r4" || id === "r7" ? "person" : null };
      const model = { ...await makeModel(dir, "a"), test: [], testVal: [] };
      const { ids, groups, test, testIds } = await readOutOfFold([model], { layout: persons });
      const groupOf = new Map(ids.map((id, row) => [id, groups[row]!]));
      const together = new Set(["r0", "r3", "r4", "r7"].map((id) => groupOf.get(id)));
      assertEquals([together.size, new Set(groups).size], [1, ROWS.length - 3]);
      assertEquals([test, testIds], [null, null]);
    }));

  it("tells which of the folds' own images have no prediction", () =>
    withSplits(async (dir, layout) => {
      const models = [await makeModel(dir, "a")];
      await makeFile(dir, { model: "a", fold: 1, split: "val", ids: ["r1", "r7"] });
      const table = await readOutOfFold(models.map((model) => ({ ...model, testVal: [] })), { layout });
      assertEquals([table.leftOut, table.ids], [["r4"], ROWS.filter((id) => id !== "r4")]);
    }));
});

describe("readOutOfFold refuses, naming the rows,", () => {
  const refuse = (
    title: string,
    change: (dir: string, model: OutOfFoldModel) => Promise<OutOfFoldModel | void>,
    ...parts: readonly string[]
  ) =>
    it(title, () =>
      withSplits(async (dir, layout) => {
        const whole = await makeModel(dir, "a");
        const model = await change(dir, whole) ?? whole;
        const problem = await assertRejects(() => readOutOfFold([model], { layout }), Problem);
        assertEquals(problem.exitCode, 3);
        for (const part of parts) assertEquals(problem.message.includes(part), true, problem.message);
      }));
  const write = (dir: string, change: Partial<Parameters<typeof makeFile>[1]>) =>
    makeFile(dir, { model: "a", fold: 1, split: "val", ids: rowsOf(1), ...change });

  refuse(
    "a file by the model of another fold",
    async (dir) => void await write(dir, { trainedBy: 0 }),
    "a.1.val.csv",
    'trained on 3 of its 3 images, the Ids "r1", "r4", "r7"',
    "split.stratified.0.csv",
  );
  refuse(
    "a single row that was trained on",
    async (dir) => void await write(dir, { ids: ["r1", "r3", "r4", "r7"] }),
    'trained on 1 of its 4 images, the Ids "r3"',
  );
  refuse(
    "a split that has changed since, rows that are now trained on first",
    async (dir) => {
      const path = splitPath(dir, 1), text = await Deno.readTextFile(path);
      await Deno.writeTextFile(
        path,
        text.replace("r4,0,val", "r4,0,train").replace("r5,0,train", "r5,0,val"),
      );
    },
    "a.1.val.csv",
    "has changed since its model was trained",
    'the Ids "r4"',
  );
  refuse(
    "a split that has changed elsewhere",
    async (dir) => void await Deno.writeTextFile(splitPath(dir, 1), "w1,0,train\n", { append: true }),
    'may have seen the Ids "r1", "r4", "r7"',
  );
  refuse(
    "a split file that is gone",
    async (dir) => await Deno.remove(splitPath(dir, 2)),
    "split.stratified.2.csv",
  );
  refuse(
    "a file that does not tell its split",
    async (dir) => void await write(dir, { trainedBy: null }),
    "does not tell which split trained its model",
    '"r1"',
  );
  refuse(
    "a file with nothing beside it",
    async (dir) => await Deno.remove(join(dir, "a.1.val.csv.json")),
    "does not tell which split trained its model",
  );
  refuse(
    "an Id twice",
    (_dir, model) => Promise.resolve({ ...model, val: [...model.val, model.val[1]!] }),
    '3 Ids are there twice: "r1" (',
  );
  refuse(
    "a missing fold",
    (_dir, model) => Promise.resolve({ ...model, val: model.val.slice(1), testVal: [] }),
    "a fold is missing",
    '"r0", "r3", "r6"',
  );
  refuse(
    "predictions of another part of the split",
    (_dir, model) =>
      Promise.resolve({ ...model, val: [model.testVal[0]!, ...model.val.slice(1)], testVal: [] }),
    'predictions of "test_val", not of val',
    '"u0"',
  );
  refuse(
    "a row that the split does not know",
    async (dir) => void await write(dir, { ids: [...rowsOf(1), "stranger"] }),
    'lacks the Ids "stranger"',
  );
  refuse(
    "test files with other Ids",
    async (dir) => void await write(dir, { split: "test", ids: ["t0", "t2"] }),
    "lacks 1 Ids of",
    '"t1"',
  );

  it("models with other Ids", () =>
    withSplits(async (dir, layout) => {
      const models = [await makeModel(dir, "a"), await makeModel(dir, "b")];
      await makeFile(dir, { model: "b", fold: 1, split: "val", ids: ["r1", "r7"] });
      const problem = await assertRejects(() => readOutOfFold(models, { layout }), Problem, '"r4"');
      assertEquals([problem.exitCode, problem.message.includes('"b"')], [3, true]);
    }));

  it("a rule of probabilities for values", () =>
    withSplits(async (dir, layout) => {
      const model = await makeModel(dir, "a"), values: Layout = { ...layout, target: "value" };
      const problem = await assertRejects(
        () => readOutOfFold([model], { layout: values, foldMerge: "rank" }),
        Problem,
      );
      assertEquals(problem.exitCode, 2);
    }));
});
