import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { readPredictions } from "../../../core/predictions/predictions.ts";
import { readTeachers } from "../../../core/predictions/teachers.ts";
import { pseudoLabel, type PseudoLabelRequest } from "../../../core/pseudo_label/pseudo_label.ts";
import { inFolder } from "../../_in_folder.ts";
import { writeSplit, writeTargets } from "../predictions/_sidecars.ts";
import { Listener } from "../train/_tiny.ts";

const CLASSES = 28;

/** A row of 28 classes that is `first` in the first and `others` elsewhere. */
function row(first: number, others: number): number[] {
  return [first, ...Array<number>(CLASSES - 1).fill(others)];
}

/** A data folder of the layout hpa with the test images t1, t2 and t3. */
async function request(
  folder: string,
  predictions: string[],
): Promise<PseudoLabelRequest & { output: Listener }> {
  await Deno.writeTextFile(join(folder, "train.csv"), "Id,Target\na,0\n");
  await Deno.writeTextFile(join(folder, "sample_submission.csv"), "Id,Predicted\nt1,0\nt2,0\nt3,0\n");
  const data = { dataDir: folder, layout: "hpa", layoutParams: {} };
  return {
    ...data,
    predictions,
    choice: { threshold: 0.75 },
    path: join(folder, "out.csv"),
    output: new Listener(),
  };
}

async function refused(given: PseudoLabelRequest): Promise<string> {
  const problem = await assertRejects(() => pseudoLabel(given), Problem);
  assertEquals(problem.exitCode, 3);
  return problem.message;
}

describe("pseudoLabel", () => {
  it("writes the sure rows of the mean, and which models it is of", () =>
    inFolder(async (folder) => {
      const split_file = await writeSplit(join(folder, "split.csv"), { a: "train" });
      const told = (checkpoint: string) => ({ checkpoint, split: "test", split_file });
      const one = { t1: row(1, 0), t2: row(1, 0), t3: row(0, 0.25) },
        two = { t3: row(0.5, 0), t1: row(0.5, 0), t2: row(0.25, 0) };
      const given = await request(folder, [
        await writeTargets(folder, "1.csv", { rows: one, told: told("m1") }),
        await writeTargets(folder, "2.csv", { rows: two, told: told("m2") }),
      ]);
      const { chosen, predicted, counts } = await pseudoLabel(given);
      assertEquals([chosen, predicted], [2, 3]);
      assertEquals(counts[0]!.images, 1);
      const { ids, probabilities, labels } = await readPredictions(given.path, { classes: CLASSES });
      assertEquals([ids, labels], [["t1", "t3"], null]);
      assertEquals([...probabilities], [...row(0.75, 0), ...row(0.25, 0.125)]);
      assertEquals((await readTeachers(given.path))!.map(({ checkpoint }) => checkpoint), ["m1", "m2"]);
      assertEquals(given.output.warnings, []);
    }));

  it("warns where training will refuse the file: models of several splits, or unknown ones", () =>
    inFolder(async (folder) => {
      const rows = { t1: row(1, 0), t2: row(1, 0), t3: row(1, 0) };
      const paths = [];
      for (const fold of [0, 1]) {
        const split_file = await writeSplit(join(folder, `split.${fold}.csv`), {
          a: fold === 0 ? "train" : "val",
        });
        paths.push(await writeTargets(folder, `${fold}.csv`, { rows, told: { split_file } }));
      }
      const several = await request(folder, paths);
      await pseudoLabel(several);
      assertStringIncludes(several.output.warnings.join(), "models of 2 split files");
      const unknown = await request(folder, [
        paths[0]!,
        await writeTargets(folder, "x.csv", { rows, told: null }),
      ]);
      await pseudoLabel(unknown);
      assertStringIncludes(unknown.output.warnings.join(), "will be refused");
      assertEquals(await readTeachers(unknown.path), null);
    }));

  it("refuses rows of other images, and predictions none of which is sure", () =>
    inFolder(async (folder) => {
      const told = null;
      const other = await writeTargets(folder, "1.csv", { rows: { t1: row(1, 0), tt2: row(1, 0) }, told });
      assertStringIncludes(
        await refused(await request(folder, [other])),
        '"tt2" is no test image; did you mean "t2"?',
      );
      const unsure = await writeTargets(folder, "2.csv", {
        rows: { t1: row(0.5, 0), t2: row(0.625, 0) },
        told,
      });
      assertStringIncludes(await refused(await request(folder, [unsure])), "the surest has 0.6250");
    }));

  it("refuses a target that has no classes", () =>
    inFolder(async (folder) => {
      const given = await request(folder, []);
      await Deno.writeTextFile(join(folder, "train.csv"), "Id,Size\na,0.5\nb,1.5\n");
      const layoutParams = { target: "value", labels: "train.csv", label_columns: ["Size"] };
      const problem = await assertRejects(
        () => pseudoLabel({ ...given, layout: "csv_folder", layoutParams }),
        Problem,
      );
      assertEquals(problem.exitCode, 2);
      assertStringIncludes(problem.message, "the target value of this layout has no classes");
    }));
});
