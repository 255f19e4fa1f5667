import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { checkTeachers, readTeachers, teachersOf } from "../../../core/predictions/teachers.ts";
import { inFolder } from "../../_in_folder.ts";
import { writeSplit, writeTargets } from "./_sidecars.ts";

const ROWS = { t1: [0.25, 0.75], t2: [0.5, 0.5] };
/** Fold 0 validates on a and b, fold 1 on c and d; e is test_val of both. */
const FOLDS = [
  { a: "val", b: "val", c: "train", d: "train", e: "test_val" },
  { a: "train", b: "train", c: "val", d: "val", e: "test_val" },
];
const HELD_OUT = [new Set(["a", "b", "e"]), new Set(["c", "d", "e"])];

/** The records of both folds' split files. */
async function splits(folder: string) {
  return await Promise.all(
    FOLDS.map((rows, fold) => writeSplit(join(folder, `split.${fold}.csv`), rows)),
  );
}

async function refused(path: string, heldOut: ReadonlySet<string>): Promise<string> {
  const problem = await assertRejects(() => checkTeachers(path, heldOut), Problem);
  assertEquals(problem.exitCode, 3);
  assertStringIncludes(problem.message, `"${path}"`);
  return problem.message;
}

describe("checkTeachers", () => {
  it("takes a teacher of the same fold, and refuses that of another by an Id", () =>
    inFolder(async (folder) => {
      const [own] = await splits(folder);
      const told = { checkpoint: "best.safetensors", split: "test", split_file: own };
      const path = await writeTargets(folder, "test.csv", { rows: ROWS, told });
      await checkTeachers(path, HELD_OUT[0]!);
      const message = await refused(path, HELD_OUT[1]!);
      assertStringIncludes(message, '"best.safetensors" was trained on "c" and 1 more');
    }));

  it("takes a teacher of another split whose train rows are none of the validation rows", () =>
    inFolder(async (folder) => {
      const split_file = await writeSplit(join(folder, "other.csv"), { x: "train", a: "val", c: "test_val" });
      const path = await writeTargets(folder, "test.csv", { rows: ROWS, told: { split_file } });
      for (const heldOut of HELD_OUT) await checkTeachers(path, heldOut);
      assertEquals(await readTeachers(path), [{ checkpoint: null, split_file }]);
    }));

  it("looks at the rows that were trained on, whatever the split file calls them", () =>
    inFolder(async (folder) => {
      const [own] = await splits(folder);
      const path = await writeTargets(folder, "t.csv", {
        rows: ROWS,
        told: { split_file: { ...own, trained: "val" } },
      });
      assertStringIncludes(await refused(path, HELD_OUT[0]!), 'its teacher was trained on "a" and 1 more');
      await checkTeachers(path, HELD_OUT[1]!);
    }));

  it("counts test_val as held out", () =>
    inFolder(async (folder) => {
      const split_file = await writeSplit(join(folder, "other.csv"), { c: "train", e: "train" });
      const path = await writeTargets(folder, "test.csv", { rows: ROWS, told: { split_file } });
      assertStringIncludes(await refused(path, HELD_OUT[0]!), 'was trained on "e", which');
    }));

  it("refuses pseudo-labels where one of several models saw the fold", () =>
    inFolder(async (folder) => {
      const teachers = (await splits(folder)).map((split_file, fold) => ({
        checkpoint: `fold${fold}`,
        split_file,
      }));
      const path = await writeTargets(folder, "pseudo.csv", {
        rows: ROWS,
        told: { split: "test", teachers },
      });
      assertStringIncludes(await refused(path, HELD_OUT[0]!), '"fold1" was trained on "a"');
      assertStringIncludes(await refused(path, HELD_OUT[1]!), '"fold0" was trained on "c"');
    }));

  it("refuses a student of the same fold that learned from a teacher that saw it", () =>
    inFolder(async (folder) => {
      const [own, other] = await splits(folder);
      const teachers = [{ checkpoint: "teacher", split_file: other }];
      const told = { checkpoint: "student", split: "test", split_file: own, teachers };
      const path = await writeTargets(folder, "test.csv", { rows: ROWS, told });
      assertStringIncludes(await refused(path, HELD_OUT[0]!), '"teacher" was trained on "a"');
    }));

  it("refuses what does not tell its split: no file beside it, an older one, a damaged one, one of several", () =>
    inFolder(async (folder) => {
      const [own] = await splits(folder);
      const unknown = [
        null,
        { config: "0", checkpoint: "best", split: "test", views: {} },
        { checkpoint: "best", split_file: null },
        { checkpoint: "best", split_file: { path: 3 } },
        { split_file: own, teachers: null },
        { split: "test", teachers: [] },
        { teachers: [{ checkpoint: "a", split_file: own }, { checkpoint: "b" }] },
      ];
      for (const [index, told] of unknown.entries()) {
        const path = await writeTargets(folder, `${index}.csv`, { rows: ROWS, told });
        assertStringIncludes(await refused(path, HELD_OUT[0]!), "does not tell");
        assertEquals(await teachersOf([path]), null);
      }
      await Deno.writeTextFile(join(folder, "0.csv.json"), "{");
      await refused(join(folder, "0.csv"), HELD_OUT[0]!);
    }));

  it("refuses a split file that has changed since, or is gone", () =>
    inFolder(async (folder) => {
      const [own] = await splits(folder);
      const path = await writeTargets(folder, "test.csv", { rows: ROWS, told: { split_file: own } });
      await writeSplit(own!.path, { ...FOLDS[0], c: "val" });
      assertStringIncludes(await refused(path, HELD_OUT[0]!), "has changed since");
      await Deno.remove(own!.path);
      assertStringIncludes(await refused(path, HELD_OUT[0]!), "is missing");
    }));
});
