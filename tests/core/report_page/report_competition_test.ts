import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { readCsv, readCsvTable } from "../../../core/formats/csv.ts";
import type { CompetitionReport } from "../../../core/report_page/report_competition.ts";
import { inFolder } from "../../_in_folder.ts";
import { runInFolder } from "../../tasks/_task_process.ts";
import { makeFolder, makeSeveral, writeRun } from "./_made_reports.ts";

/** Runs the task as its user does; what it prints as JSON. */
async function report(folder: string, ...runs: string[]): Promise<CompetitionReport> {
  const configs = runs.map((run) => `${run}.yml`);
  const { code, stdout, stderr } = await runInFolder(folder, "report", [...configs, "--json"]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

/** How the task ends where it cannot report. */
async function refusal(folder: string, ...runs: string[]): Promise<[code: number, stderr: string]> {
  const { code, stderr } = await runInFolder(folder, "report", runs.map((run) => `${run}.yml`));
  return [code, stderr];
}

async function table(folder: string, name: string): Promise<Record<string, string>[]> {
  const path = join(folder, "results", "report", `${name}.csv`);
  const { header, rows } = await readCsvTable(path, { columns: [], next: "" });
  return rows.map((row) => Object.fromEntries(header.map((column, at) => [column, row[at]!])));
}

const SINGLE = { loss: "softmax_cross_entropy", metric: "accuracy" };

/** Three classes; the answers of the rows are 0, 1, 2, 0, 1, 2 ..., right but for every fifth row. */
async function makeSingle(folder: string): Promise<{ truth: number[]; answers: number[] }> {
  const answers = Array.from({ length: 30 }, (_, row) => row % 3);
  const truth = answers.map((answer, row) => (row % 5 === 0 ? (answer + 1) % 3 : answer));
  const ids = await makeFolder(folder, "label", truth.map((label) => ["cat", "dog", "eel"][label]!));
  const one = (at: number) => [0, 1, 2].map((label) => Number(label === at));
  const labels = Uint8Array.from(truth.flatMap(one));
  const probabilities = Float64Array.from(answers.flatMap((at) => one(at).map((is) => (is ? 0.5 : 0.25))));
  await writeRun(folder, { run: "single", split: "val", ids, classes: 3, labels, probabilities, ...SINGLE });
  return { truth, answers };
}

describe("reportCompetition", () => {
  it("reports on several labels: two models, their ensemble and how they compare", async () => {
    await inFolder(async (folder) => {
      const { ids } = await makeSeveral(folder);
      const { page, tables, scores, metric } = await report(folder, "first", "second");
      assertEquals(metric, "macro F1");
      assertEquals(scores.map(({ model }) => model), ["ensemble mean", "first", "second"]);
      for (const { images, score, interval: [low, high] } of scores) {
        assertEquals(images, ids.length);
        assert(low < score && score < high, `${low} ${score} ${high}`);
      }
      const names = tables.map((path) => path.split("/").at(-1)!.replace(".csv", ""));
      assertEquals(names.sort(), [
        "balance",
        "classes",
        "comparison",
        "confusion",
        "data",
        "errors",
        "mistakes",
        "reliability",
        "runs",
        "scores",
        "thresholds",
      ]);
      const compared = await table(folder, "comparison"),
        of = new Map(scores.map(({ model, score }) => [model, score]));
      for (const { model, against, difference } of compared) {
        assertAlmostEquals(Number(difference), of.get(model!)! - of.get(against!)!, 1e-12);
      }
      const html = await Deno.readTextFile(join(folder, page));
      assert(html.includes("data:image/jpeg") && !/(src|href)="(https?:)?\/\//.test(html));
      await report(folder, "first", "second");
      assertEquals(await Deno.readTextFile(join(folder, page)), html, "the same files give the same bytes");
    });
  });

  it("reports on one label: classes, confusion and mistakes are those of the answers", async () => {
    await inFolder(async (folder) => {
      const { truth, answers } = await makeSingle(folder);
      const { scores } = await report(folder, "single");
      assertAlmostEquals(scores[0]!.score, 24 / 30, 1e-12);
      const names = ["cat", "dog", "eel"], confusion = await table(folder, "confusion");
      for (const [row, own] of confusion.entries()) {
        const counts = names.map((_, column) =>
          truth.filter((label, at) => label === row && answers[at] === column).length
        );
        assertEquals(names.map((name) => Number(own[name])), counts);
      }
      for (const { class: name, support, answered } of await table(folder, "classes")) {
        const label = names.indexOf(name!);
        assertEquals(Number(support), truth.filter((own) => own === label).length);
        assertEquals(Number(answered), answers.filter((own) => own === label).length);
      }
      const mistakes = await table(folder, "mistakes");
      assertEquals(mistakes.length, 6);
      for (const { loss } of mistakes) assertAlmostEquals(Number(loss), -Math.log(0.25), 1e-6);
      const bins = (await table(folder, "reliability")).filter(({ probabilities }) => probabilities !== "0");
      assertEquals(bins.map((bin) => [bin.probabilities, bin.mean, bin["came true"]]), [[
        "30",
        "0.5",
        "0.8",
      ]]);
    });
  });

  it("reports on values", async () => {
    await inFolder(async (folder) => {
      const truth = Array.from({ length: 24 }, (_, row) => row / 4 + 0.125);
      const ids = await makeFolder(folder, "weight", truth.map(String));
      const labels = Float32Array.from(truth),
        probabilities = Float64Array.from(truth, (value) => value + 0.5);
      const choice = { loss: "mse_loss", metric: "rmse" };
      await writeRun(folder, {
        run: "values",
        split: "val",
        ids,
        classes: 1,
        labels,
        probabilities,
        ...choice,
      });
      const { scores } = await report(folder, "values");
      assertAlmostEquals(scores[0]!.score, 0.5, 1e-6);
      const [own] = await table(folder, "values");
      assertEquals([own!.RMSE, own!.MAE, own!.bias], ["0.5", "0.5", "0.5"]);
      assert(
        (await Deno.readTextFile(join(folder, "results", "report", "report.html"))).includes(
          "Predicted against true",
        ),
      );
    });
  });

  it("joins folds, each image from the model that did not train on it", async () => {
    await inFolder(async (folder) => {
      await makeSingle(folder);
      const all = await readCsv(join(folder, "inferences", "single.val.csv"), { columns: ["Id"], next: "" });
      const ids = all.map((row) => row.Id), half = ids.length / 2;
      for (const [fold, own] of [ids.slice(0, half), ids.slice(half)].entries()) {
        const labels = Uint8Array.from(own.flatMap(() => [1, 0, 0]));
        const probabilities = Float64Array.from(own.flatMap(() => [0.5, 0.25, 0.25]));
        const given = { ids: own, classes: 3, labels, probabilities, ...SINGLE };
        await writeRun(folder, { run: `fold${fold}`, split: "val", ...given });
      }
      const { scores } = await report(folder, "fold0", "fold1");
      assertEquals(scores.map(({ model, images }) => [model, images]), [
        ["all folds joined", ids.length],
        ["fold0", half],
        ["fold1", half],
      ]);
    });
  });

  it("refuses configs without predictions, and files that disagree", async () => {
    await inFolder(async (folder) => {
      await makeSingle(folder);
      const config = await Deno.readTextFile(join(folder, "single.yml"));
      await Deno.writeTextFile(join(folder, "other.yml"), config.replace("results/single", "results/other"));
      const [none, said] = await refusal(folder, "other");
      assertEquals(none, 3);
      assert(said.includes("inferences/other.test_val.csv"), said);
      const text = await Deno.readTextFile(join(folder, "inferences", "single.val.csv"));
      await Deno.writeTextFile(
        join(folder, "inferences", "other.val.csv"),
        text.replace(/,[01],[01],[01],/g, ",1,0,0,"),
      );
      const [torn, why] = await refusal(folder, "single", "other");
      assertEquals(torn, 3);
      assert(why.includes("other labels to the Id"), why);
    });
  });
});
