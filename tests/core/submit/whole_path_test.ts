import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { parse } from "@std/csv";
import { join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { predictionsText } from "../../../core/predictions/predictions.ts";
import { makeSubmission } from "../../../core/submit/make_submission.ts";
import { submissionSchema } from "../../../core/submit/submission_config.ts";
import { inFolder } from "../../_in_folder.ts";

const PLUGIN = "tests/fixtures/plugins/described_layout.ts";

type Rows = Readonly<Record<string, readonly number[]>>;

/** What a competition is: the described layout's parameters, its sample, the predictions, keys of submission.yml. */
interface Case {
  readonly layout: Record<string, unknown>;
  readonly sample?: string;
  readonly validation: Rows;
  readonly labels: Rows;
  readonly test: Rows;
  readonly leaks?: string;
  readonly config?: Record<string, unknown>;
}

function fileText(rows: Rows, labels: Rows | null): string {
  const ids = Object.keys(rows), classes = rows[ids[0]!]!.length;
  const all = labels && Float32Array.from(ids.flatMap((id) => [...labels[id]!]));
  const probabilities = Float64Array.from(ids.flatMap((id) => [...rows[id]!]));
  return predictionsText({ path: "", ids, classes, labels: all, probabilities });
}

/** Writes the files of a competition and makes its submission. */
async function submit(dir: string, given: Case) {
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(join(dir, name), text);
    return join(dir, name);
  };
  const sample = given.sample === undefined ? null : await write("sample.csv", given.sample);
  const config = submissionSchema.parse({
    data: {
      dir,
      layout: "described",
      layout_params: { test_ids: Object.keys(given.test), sample, ...given.layout },
    },
    test_val: [await write("val.csv", fileText(given.validation, given.labels))],
    test: [await write("test.csv", fileText(given.test, null))],
    leaks: given.leaks === undefined ? [] : [await write("leaks.csv", given.leaks)],
    output: join(dir, "out", "submission.csv"),
    plugins: [PLUGIN],
    ...given.config,
  });
  const report = await makeSubmission(config);
  const texts = await Promise.all(report.paths.map((path) => Deno.readTextFile(path)));
  const summary = JSON.parse(await Deno.readTextFile(`${config.output}.json`));
  return { report, texts, summary };
}

const PLANTS = ["healthy", "multiple_diseases", "rust", "scab"];
const PLANT_CASE: Case = {
  layout: { classes: PLANTS },
  sample:
    "image_id,healthy,multiple_diseases,rust,scab\nTest_1,0.25,0.25,0.25,0.25\nTest_0,0.25,0.25,0.25,0.25\n",
  validation: { a: [0.7, 0.1, 0.1, 0.1], b: [0.1, 0.1, 0.7, 0.1], c: [0.4, 0.3, 0.2, 0.1] },
  labels: { a: [1, 0, 0, 0], b: [0, 0, 1, 0], c: [0, 1, 0, 0] },
  test: { Test_0: [0.5, 0.25, 0.125, 0.125], Test_1: [0, 0, 0.25, 0.75] },
};

Deno.test("a sample with a column for each class gets a probability for each, in its order, summing to 1", () =>
  inFolder(async (dir) => {
    const { report, texts, summary } = await submit(dir, { ...PLANT_CASE, leaks: "Id,Target\nTest_0,2\n" });
    const header = "image_id,healthy,multiple_diseases,rust,scab\n";
    assertEquals(texts[0], header + "Test_1,0,0,0.25,0.75\nTest_0,0.5,0.25,0.125,0.125\n");
    assertEquals(texts[1], header + "Test_1,0,0,0.25,0.75\nTest_0,0,0,1,0\n");
    const expected = -(Math.log(0.7) * 2 + Math.log(0.3)) / 3;
    assertEquals(report.validation.metric, "log loss");
    assertAlmostEquals(report.validation.score!, expected, 1e-6);
    // Scores of sigmoids, half as large: what is written, and scored, sums to 1.
    const half = (rows: Rows) =>
      Object.fromEntries(Object.entries(rows).map(([id, row]) => [id, row.map((value) => value / 2)]));
    const halved = { ...PLANT_CASE, validation: half(PLANT_CASE.validation), test: half(PLANT_CASE.test) };
    const again = await submit(dir, halved);
    assertEquals(again.texts[0], texts[0]);
    assertAlmostEquals(again.report.validation.score!, expected, 1e-6);
    assertAlmostEquals(report.validation.constant!, Math.log(3), 1e-6);
    assertAlmostEquals(report.accuracy!, 2 / 3, 1e-12);
    assertEquals(report.shape, { name: "columns", reason: "the sample has a column for each class" });
    assertEquals(summary, {
      validation: { metric: "log loss", score: report.validation.score, interval: null },
      shape: "columns",
      files: report.paths,
    });
  }));

Deno.test("classes that are not the sample's columns are refused before anything is written", () =>
  inFolder(async (dir) => {
    const wrong: Case = {
      ...PLANT_CASE,
      layout: { classes: ["0", "1"] },
      validation: { a: [0.7, 0.3] },
      labels: { a: [1, 0] },
      test: { Test_0: [0.5, 0.5], Test_1: [0, 1] },
    };
    const problem = await assertRejects(() => submit(dir, wrong), Problem, "4 columns beside the Ids");
    assertEquals(problem.exitCode, 3);
    await assertRejects(() => Deno.stat(join(dir, "out")), Deno.errors.NotFound);
  }));

Deno.test("Ids come back as the sample writes them, wherever their column is", () =>
  inFolder(async (dir) => {
    const sample = 'label,Id\ncat,"test/0,07.jpg"\ncat,test/1.jpg\ncat,"=x ""y"".jpg"\n';
    const { texts } = await submit(dir, {
      layout: {},
      sample,
      validation: { a: [1, 0, 0] },
      labels: { a: [1, 0, 0] },
      test: { '=x "y"': [0, 0, 1], "1": [0, 1, 0], "0,07": [1, 0, 0] },
    });
    assertEquals(parse(texts[0]!), [
      ["label", "Id"],
      ["cat", "test/0,07.jpg"],
      ["dog", "test/1.jpg"],
      ["owl", '=x "y".jpg'],
    ]);
  }));

Deno.test("a score is written where the metric is one of probabilities, else the label", () =>
  inFolder(async (dir) => {
    const binary = {
      layout: { classes: ["0", "1"] },
      sample: "Id,target\nx,0\ny,0\n",
      validation: { a: [0.75, 0.25], b: [0.5, 0.5], c: [0.25, 0.75] },
      labels: { a: [1, 0], b: [0, 1], c: [0, 1] },
      test: { y: [0.75, 0.25], x: [0.125, 0.875] },
    };
    const auc = await submit(dir, { ...binary, config: { metric: "roc_auc" }, leaks: "Id,Target\nx,0\n" });
    assertEquals(auc.texts, ["Id,target\nx,0.875\ny,0.25\n", "Id,target\nx,0\ny,0.25\n"]);
    assertEquals([auc.report.validation.score, auc.report.validation.constant], [1, 0.5]);
    assertEquals((await submit(dir, binary)).texts[0], "Id,target\nx,1\ny,0\n");
    const alike = { ...binary, labels: { a: [1, 0], b: [1, 0], c: [1, 0] }, config: { metric: "roc_auc" } };
    assertEquals((await submit(dir, alike)).summary.validation, {
      metric: "AUC",
      score: null,
      interval: null,
    });
  }));

Deno.test("a ranked list has as many classes as the sample shows", () =>
  inFolder(async (dir) => {
    const ranked = await submit(dir, {
      layout: {},
      sample: "Image,Id\nx,cat dog\ny,cat dog\n",
      validation: { a: [1, 0, 0] },
      labels: { a: [1, 0, 0] },
      test: { x: [0.2, 0.3, 0.5], y: [0.5, 0.4, 0.1] },
      leaks: "Id,Target\ny,2\n",
    });
    assertEquals(ranked.texts, ["Image,Id\nx,owl dog\ny,cat dog\n", "Image,Id\nx,owl dog\ny,owl cat\n"]);
  }));

Deno.test("values are written as they are predicted, and scored by RMSE", () =>
  inFolder(async (dir) => {
    const values = await submit(dir, {
      layout: { classes: ["score"], target: "value" },
      sample: "Id,Pawpularity\nx,38\ny,38\n",
      validation: { a: [40], b: [20] },
      labels: { a: [43], b: [24] },
      test: { x: [-3.5], y: [101.25] },
      leaks: "Id,Target\ny,99.5\n",
    });
    assertEquals(values.texts, ["Id,Pawpularity\nx,-3.5\ny,101.25\n", "Id,Pawpularity\nx,-3.5\ny,99.5\n"]);
    const { metric, score, constant } = values.report.validation;
    assertEquals([metric, values.report.f1], ["RMSE", null]);
    assertAlmostEquals(score!, Math.sqrt((9 + 16) / 2), 1e-9);
    assertAlmostEquals(constant!, 9.5, 1e-9);
  }));

Deno.test("the images of one submission Id share one answer, in validation and in the submission", () =>
  inFolder(async (dir) => {
    const given: Case = {
      layout: { shared: true },
      sample: "Id,cat,dog,owl\np,0,0,0\nq,0,0,0\n",
      validation: { a_1: [0.25, 0.75, 0], a_2: [0.75, 0.25, 0], b_1: [0, 0.5, 0.5] },
      labels: { a_1: [1, 0, 0], a_2: [1, 0, 0], b_1: [0, 0, 1] },
      test: { q_1: [0.5, 0, 0.5], p_1: [0, 1, 0], p_2: [1, 0, 0] },
    };
    const mean = await submit(dir, given);
    assertEquals(mean.texts[0], "Id,cat,dog,owl\np,0.5,0.5,0\nq,0.5,0,0.5\n");
    assertAlmostEquals(mean.report.validation.score!, Math.log(2), 1e-9);
    const most = await submit(dir, { ...given, config: { merge: "max" } });
    assertEquals(most.texts[0], "Id,cat,dog,owl\np,1,1,0\nq,0.5,0,0.5\n");
    const torn = { ...given, labels: { ...given.labels, a_2: [0, 1, 0] } };
    await assertRejects(() => submit(dir, torn), Problem, "have labels that differ");
    const lacking = { ...given, sample: given.sample + "r,0,0,0\n" };
    const problem = await assertRejects(() => submit(dir, lacking), Problem, 'sample submission has: "r"');
    assertEquals(problem.exitCode, 3);
  }));

Deno.test("cut points decide grades where they score better than the most probable one", () =>
  inFolder(async (dir) => {
    // The model names grade 0 whenever it is unsure: the expected grade tells the others apart, its maximum does not.
    const rows: Record<string, number[]> = {}, labels: Record<string, number[]> = {};
    for (let at = 0; at < 60; at++) {
      const grade = at % 3, high = grade * 0.2 + (at % 5) / 100;
      rows[`v${at}`] = [1 - high, high / 2, high / 2];
      labels[`v${at}`] = [0, 1, 2].map((c) => Number(c === grade));
    }
    const given: Case = {
      layout: { classes: ["0", "1", "2"], target: "grade" },
      sample: "Id,diagnosis\nx,0\ny,0\nz,0\n",
      validation: rows,
      labels,
      test: { x: [0.99, 0.005, 0.005], y: [0.8, 0.1, 0.1], z: [0.6, 0.2, 0.2] },
      config: { metric: "near_grade" },
    };
    const { texts, report } = await submit(dir, given);
    assertEquals(texts[0], "Id,diagnosis\nx,0\ny,1\nz,2\n");
    const { used, heldOut } = report.cutPoints!;
    assertEquals([used, heldOut.cutPoints, heldOut.argmax], [true, 0, -5 / 3]);
    assertEquals([report.validation.score, report.accuracy], [0, 1]);
    const plain = await submit(dir, { ...given, config: { metric: "accuracy" } });
    assertEquals(plain.texts[0], "Id,diagnosis\nx,0\ny,0\nz,0\n");
  }));

Deno.test("without a sample the layout names the columns, and a sample may have Ids only", () =>
  inFolder(async (dir) => {
    const given: Case = {
      layout: { target: "class_set", separator: ";" },
      validation: { a: [0.9, 0.1, 0.9], b: [0.1, 0.9, 0.1] },
      labels: { a: [1, 0, 1], b: [0, 1, 0] },
      test: { y: [0.9, 0.1, 0.9], x: [0.1, 0.8, 0.1] },
    };
    assertEquals((await submit(dir, given)).texts[0], "Id,Answer\ny,cat;owl\nx,dog\n");
    const ids = await submit(dir, { ...given, sample: "name\nx\ny\n" });
    assertEquals(ids.texts[0], "name,Answer\nx,dog\ny,cat;owl\n");
    const columns = await submit(dir, { ...given, config: { shape: "columns" } });
    assertEquals(parse(columns.texts[0]!)[0], ["Id", "cat", "dog", "owl"]);
  }));

Deno.test("thresholds are chosen by the rule that the metric asks for", () =>
  inFolder(async (dir) => {
    const scores = [0.3, 0.28, 0.26, 0.1, 0.08, 0.06];
    const rows = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [`v${at}`, [scores[at % 6]!, scores[(at + 3) % 6]!]]),
    );
    const labels = Object.fromEntries(
      Object.entries(rows).map(([id, row]) => [id, row.map((score) => Number(score > 0.2))]),
    );
    const given: Case = {
      layout: { classes: ["a", "b"], target: "class_set" },
      sample: "Id,labels\nx,a b\ny,a\n",
      validation: rows,
      labels,
      test: { x: [0.3, 0.25], y: [0.1, 0.35] },
    };
    const chosen = async (config: Record<string, unknown>) => {
      const { report, texts } = await submit(dir, { ...given, config });
      return [report.chosen!.rule, texts[0]!.split("\n").slice(1, 3).join("; "), report.validation.score];
    };
    assertEquals(await chosen({}), ["blend", "x,a b; y,b", 1]);
    assertEquals(await chosen({ threshold: { rule: "metric" } }), ["metric", "x,a b; y,b", 1]);
    // Log loss scores probabilities and tunes nothing; none of these is above a half.
    assertEquals((await chosen({ metric: "log_loss", empty: "blank" })).slice(0, 2), ["fixed", "x,; y,"]);
    assertEquals((await chosen({ metric: "accuracy", threshold: { rule: "auto" } }))[0], "metric");
  }));
