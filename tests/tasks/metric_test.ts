import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { pathExists } from "../../core/base/files.ts";
import { writeData } from "../core/search/_data.ts";
import { inFolder } from "../_in_folder.ts";
import { runInFolder } from "./_task_process.ts";

const CONFIG = `
data: { dir: data, layout: csv_folder, params: { split_prefix: split.stratified.small } }
model: { name: resnet18, params: { width: 2 } }
train: { dir: results/metric, batch_size: 8, num_epochs: 2 }
loss: { name: binary_focal_loss }
transform: { name: default_transform, num_preprocessor: 0, params: { size: 24 } }
backend: wasm
`;

/** Leaves in the validation split the images of one label alone. */
async function keepOneLabel(split: string): Promise<void> {
  const rows = (await Deno.readTextFile(split)).split("\n");
  await Deno.writeTextFile(
    split,
    rows.filter((row) => !row.endsWith(",val") || /,0,val$/.test(row)).join("\n"),
  );
}

Deno.test("train scores by a metric with parameters, and refuses one that the split does not define", () =>
  inFolder(async (cwd) => {
    await writeData(cwd);
    await Deno.writeTextFile(join(cwd, "metric.yml"), CONFIG);
    const train = (metric: string, dir: string) =>
      runInFolder(cwd, "train", [
        "metric.yml",
        `--set=train.metric=${metric}`,
        `--set=train.dir=results/${dir}`,
      ]);
    const ranked = await train("{name: map_at_k, params: {k: 2}}", "ranked");
    assertEquals(ranked.code, 0, ranked.stderr);
    const history = await Deno.readTextFile(join(cwd, "results", "ranked", "history.jsonl"));
    const { val } = JSON.parse(history.trim().split("\n").at(-1)!) as { val: { map_at_k: number } };
    assertStringIncludes(ranked.stdout + ranked.stderr, `MAP@2 ${val.map_at_k.toFixed(4)}`);
    await keepOneLabel(join(cwd, "data", "split.stratified.small.0.csv"));
    const undefinedScore = await train("roc_auc", "area");
    assertEquals(undefinedScore.code, 2, undefinedScore.stderr);
    assertStringIncludes(undefinedScore.stderr, 'Cannot use train.metric "roc_auc"');
    assert(!(await pathExists(join(cwd, "results", "area", "history.jsonl"))));
    const kappa = await train("quadratic_weighted_kapa", "kappa");
    assertEquals(kappa.code, 2);
    assertStringIncludes(kappa.stderr, 'did you mean "quadratic_weighted_kappa"?');
  }));
