import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../../core/base/problem.ts";
import { predictionsText } from "../../../../core/predictions/predictions.ts";
import { makeSubmission } from "../../../../core/submit/make_submission.ts";
import { modelFiles } from "../../../../core/submit/out_of_fold/model_files.ts";
import { loadSubmissionConfig, submissionSchema } from "../../../../core/submit/submission_config.ts";
import { inFolder } from "../../../_in_folder.ts";
import { chance, CLASSES, FOLDS, labelsOf, makeModel, ROWS, TEST, withSplits } from "./_folds.ts";

const ALL_FOLDS = Array.from({ length: FOLDS }, (_, fold) => fold);

/** A prediction file of plain numbers, those of class 0 given. */
async function writeFile(
  path: string,
  rows: Readonly<Record<string, number>>,
  labelled: boolean,
): Promise<string> {
  const ids = Object.keys(rows);
  const probabilities = Float64Array.from(ids.flatMap((id) => [rows[id]!, 1 - rows[id]!]));
  const labels = labelled ? Uint8Array.from(ids.flatMap(labelsOf)) : null;
  await Deno.writeTextFile(path, predictionsText({ path, ids, classes: CLASSES, labels, probabilities }));
  return path;
}

async function submit(dir: string, keys: Record<string, unknown>) {
  const sample = join(dir, "sample.csv");
  await Deno.writeTextFile(sample, ["Id,a,b", ...TEST.map((id) => `${id},0.5,0.5`), ""].join("\n"));
  const layout_params = { test_ids: TEST, sample, classes: ["a", "b"] };
  const config = submissionSchema.parse({
    data: { dir, layout: "described", layout_params },
    output: join(dir, "out", "submission.csv"),
    plugins: ["tests/fixtures/plugins/described_layout.ts"],
    ...keys,
  });
  const report = await makeSubmission(config);
  return { report, text: await Deno.readTextFile(report.paths[0]!) };
}

describe("a submission of models out of fold", () => {
  it("is that of their joined and averaged files, with the models' weights", () =>
    withSplits(async (dir) => {
      const names = ["a", "longer"], weights = [1, 3], models = [], test_val = [], test = [];
      for (const [place, name] of names.entries()) {
        const { val, test: tests } = await makeModel(dir, name);
        models.push({ name, val, test: tests, weight: weights[place] });
        const labelled = Object.fromEntries(ROWS.map((id, i) => [id, chance(name, i % FOLDS, id)]));
        const mean = (id: string) => ALL_FOLDS.reduce((sum, fold) => sum + chance(name, fold, id) / FOLDS, 0);
        test_val.push(await writeFile(join(dir, `${name}.csv`), labelled, true));
        const path = join(dir, `${name}.test.csv`);
        test.push(await writeFile(path, Object.fromEntries(TEST.map((id) => [id, mean(id)])), false));
      }
      const joined = await submit(dir, { models });
      const files = await submit(dir, { test_val, test, weights });
      assertAlmostEquals(joined.report.validation.score!, files.report.validation.score!, 1e-7);
      const numbers = (text: string) =>
        text.split("\n").slice(1, -1).flatMap((row) => row.split(",").slice(1).map(Number));
      assertEquals(numbers(joined.text).length, TEST.length * CLASSES);
      for (const [at, value] of numbers(joined.text).entries()) {
        assertAlmostEquals(value, numbers(files.text)[at]!, 1e-6);
      }
      assertEquals(joined.report.outOfFold, {
        images: ROWS.length,
        testVal: 0,
        folds: FOLDS,
        groups: ROWS.length,
        leftOut: [],
        note: null,
      });
      assertEquals(files.report.outOfFold, null);
      const searched = await submit(dir, { models, weights: "greedy" });
      assertEquals(searched.report.greedy!.weights.length, 2);
    }));
});

describe("modelFiles", () => {
  it("takes inference's names for configs, and test_val where each fold of each model has it", () =>
    inFolder(async (dir) => {
      const configs = ["a.yml", "b.yml", "c.yml"].map((name) => join(dir, name));
      await Deno.writeTextFile(configs[0]!, "train: { dir: results/net.0, batch_size: 1 }\nunknown: 1\n");
      await Deno.writeTextFile(configs[1]!, "train: { dir: ./results/deep/net.1 }\n");
      await Deno.writeTextFile(configs[2]!, "train: { dir: [1] }\n");
      const choice = { name: "net", configs: configs.slice(0, 2) };
      const { models, note } = await modelFiles([choice]);
      assertEquals(models, [{
        name: "net",
        val: ["inferences/net.0.val.csv", "inferences/deep/net.1.val.csv"],
        testVal: [],
        test: ["inferences/net.0.test.csv", "inferences/deep/net.1.test.csv"],
      }]);
      assertEquals(note, null);
      const there = [join(dir, "0.csv"), join(dir, "1.csv")];
      for (const path of there) await Deno.writeTextFile(path, "");
      const files = { name: "f", val: ["v0", "v1"], test: ["t0", "t1"], test_val: there };
      assertEquals((await modelFiles([files])).models[0]!.testVal, there);
      const mixed = await modelFiles([files, choice]);
      assertEquals(mixed.models.map(({ testVal }) => testVal), [[], []]);
      assertEquals(
        mixed.note,
        'the images of test_val are left out: there is no "inferences/net.0.test_val.csv"',
      );
      for (const config of [configs[2]!, join(dir, "none.yml")]) {
        const problem = await assertRejects(
          () => modelFiles([{ name: "x", configs: [config] }]),
          Problem,
          config,
        );
        assertEquals(problem.exitCode, 2);
      }
    }));
});

Deno.test("a submission config of models tells every mistake at once", () =>
  inFolder(async (dir) => {
    const path = join(dir, "s.yml");
    const mistakes = async (text: string) => {
      await Deno.writeTextFile(path, text);
      const problem = await assertRejects(() => loadSubmissionConfig(path), Problem);
      assertEquals(problem.exitCode, 2);
      return problem.message;
    };
    const check = async (text: string, ...parts: readonly string[]) => {
      const message = await mistakes(text);
      for (const part of parts) assertEquals(message.includes(part), true, message);
    };
    await check(
      "models: [{name: a, configs: [a.yml], val: [v]}, {name: a}, {name: b, val: [v, w], test: [t]}]\n" +
        "weights: [1]\ntest_val: [x]\n",
      "models.0.val: the model names its configs",
      "models.1: name the configs of its folds",
      "models.2.test: 1 files; val names 2",
      'two have the name "a"',
      "weights: each of models has a weight of its own",
      "not together with test_val and test",
    );
    await check(
      "models: [{name: a, config: [a.yml]}]\n",
      'models.0.config: unknown key; did you mean "configs"?',
    );
    await check("models: [{name: a, configs: [a.yml], weight: 0}]\n", "models.0.weight");
    await check("fold_merge: gmaen\n", 'did you mean "gmean"?');
    await check("weights: greedy\n", "test_val: missing; name files, or name models");
    await Deno.writeTextFile(
      path,
      "models: [{name: a, configs: [a.yml]}]\nfold_merge: rank\nweights: greedy\n",
    );
    const { models, fold_merge } = await loadSubmissionConfig(path);
    assertEquals([models, fold_merge], [[{ name: "a", configs: ["a.yml"], weight: 1 }], "rank"]);
  }));
