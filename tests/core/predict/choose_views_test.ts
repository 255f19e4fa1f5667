import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import type { Experiment } from "../../../core/experiment/experiment.ts";
import type { InferenceRequest } from "../../../core/predict/infer.ts";
import { readPredictions } from "../../../core/predictions/predictions.ts";
import { inferHeard } from "./_heard.ts";
import { withProject } from "./_project.ts";

const CLASSES = ["a", "b", "c"];

type Rows = ReadonlyMap<string, readonly number[]>;

/** Probabilities of each test image with some views, by Id. */
async function predicted(project: Experiment, request: InferenceRequest): Promise<Rows> {
  const { path } = await inferHeard(project, {}, request);
  const { ids, probabilities } = await readPredictions(path, { classes: CLASSES.length });
  return new Map(
    ids.map((id, row) => [id, [...probabilities.subarray(row * CLASSES.length, (row + 1) * CLASSES.length)]]),
  );
}

async function predictedBy(project: Experiment, counts: readonly number[]): Promise<Map<number, Rows>> {
  const all = new Map<number, Rows>();
  for (const orientations of counts) {
    all.set(orientations, await predicted(project, { views: { orientations } }));
  }
  return all;
}

/** For each image the class that one way to predict finds likelier than all other ways do, if there is such a class. */
function favouring(favourite: Rows, others: readonly Rows[]): Map<string, string> {
  return new Map([...favourite].map(([id, row]) => {
    const leads = row.map((p, c) => Math.log(p / Math.max(...others.map((other) => other.get(id)![c]!))));
    return [id, CLASSES[leads.indexOf(Math.max(...leads))]!];
  }));
}

function logLoss(rows: Rows, labels: ReadonlyMap<string, string>): number {
  const losses = [...labels].map(([id, label]) => -Math.log(rows.get(id)![CLASSES.indexOf(label)]!));
  return losses.reduce((a, b) => a + b) / losses.length;
}

/** Makes the test images the validation split, with the given labels. */
async function labelAll(dir: string, labels: ReadonlyMap<string, string>): Promise<void> {
  await Deno.mkdir(join(dir, "train"), { recursive: true });
  const rows: string[] = [], split: string[] = [];
  for (const [id, label] of labels) {
    await Deno.copyFile(join(dir, "test", `${id}.png`), join(dir, "train", `${id}.png`));
    rows.push(`${id},${label}`);
    split.push(`${id},${CLASSES.indexOf(label)},val`);
  }
  await Deno.writeTextFile(join(dir, "train.csv"), ["Id,Target", ...rows, ""].join("\n"));
  await Deno.writeTextFile(join(dir, "split.stratified.0.csv"), ["Id,Target,Split", ...split, ""].join("\n"));
}

function byLogLoss({ config }: Experiment) {
  return { train: { ...config.train, metric: "log_loss" } };
}

describe("chooseViews", () => {
  for (const orientations of [1, 2, 4, 8]) {
    it(`takes ${orientations} where these score best`, () =>
      withProject({ symmetric: false, multiLabel: false }, async (project, dir) => {
        const rows = await predictedBy(project, [1, 2, 4, 8]);
        const others = [...rows].filter(([count]) => count !== orientations).map(([, other]) => other);
        const labels = favouring(rows.get(orientations)!, others);
        await labelAll(dir, labels);
        const request = { split: "val", views: { orientations: "auto" } } as const;
        const { about, choice, heard, path } = await inferHeard(project, byLogLoss(project), request);
        assertEquals(about.orientations, orientations);
        const { scores, images, metric } = choice!;
        assertEquals([metric, images, scores.map((set) => set.orientations)], ["log_loss", 24, [1, 2, 4, 8]]);
        for (const set of scores) {
          assertAlmostEquals(set.score, logLoss(rows.get(set.orientations)!, labels), 1e-6);
        }
        assertEquals(about.chosen, { metric, images, scores: JSON.parse(JSON.stringify(scores)) });
        assertEquals(heard.tables[0]!.length, 4);
        const chosen = await Deno.readFile(path);
        await inferHeard(project, byLogLoss(project), { split: "val", views: { orientations } });
        assertEquals(await Deno.readFile(path), chosen);
      }));
  }

  it("also tries the sets without the crops that are asked for, whatever rule merges them", () =>
    withProject({ symmetric: false, multiLabel: false }, async (project, dir) => {
      const labels = favouring(await predicted(project, { views: { orientations: 1 } }), [
        await predicted(project, { views: { orientations: 4 } }),
      ]);
      await labelAll(dir, labels);
      for (const merge of ["mean", "gmean", "rank"] as const) {
        const views = { orientations: "auto", zooms: [1.5], corners: 0.7 } as const;
        const { choice } = await inferHeard(project, byLogLoss(project), { split: "val", merge, views });
        const { scores } = choice!;
        assertEquals(scores.map(({ zooms }) => zooms!.length).sort(), [0, 0, 0, 0, 1, 1, 1, 1]);
        for (const { score, ...set } of scores.filter(() => merge !== "rank")) {
          const alone = await predicted(project, { merge, views: set });
          assertAlmostEquals(score, logLoss(alone, labels), 1e-6, `${merge} ${JSON.stringify(set)}`);
        }
      }
    }));

  it("is refused where the labels are unknown", () =>
    withProject({ symmetric: true, multiLabel: false }, async (project) => {
      const data = { ...project.config.data, name: "TestDataset" };
      const auto = { views: { orientations: "auto" } } as const;
      const problem = await assertRejects(
        () => inferHeard(project, { data }, auto),
        Problem,
        "Cannot choose the views",
      );
      assertEquals(problem.exitCode, 3);
    }));
});

describe("several views of labelled images", () => {
  it("are told with both scores where they score worse than one", () =>
    withProject({ symmetric: false, multiLabel: false }, async (project, dir) => {
      const rows = await predictedBy(project, [1, 4]), [one, four] = [rows.get(1)!, rows.get(4)!];
      const d4 = { transform: { name: "policy_transform", num_preprocessor: 0, params: { size: 9 } } };
      const change = { ...byLogLoss(project), ...d4 };
      const labels = favouring(one, [four]);
      await labelAll(dir, labels);
      const { heard } = await inferHeard(project, change, { split: "val" });
      const [together, alone] = [four, one].map((given) => logLoss(given, labels).toFixed(4));
      assertEquals(heard.warnings.length, 1);
      assertStringIncludes(heard.warnings[0]!, `log loss ${together} instead of ${alone}`);
      assertEquals((await inferHeard(project, change)).heard.warnings, []);
      await labelAll(dir, favouring(four, [one]));
      assertEquals((await inferHeard(project, change, { split: "val" })).heard.warnings, []);
    }));
});
