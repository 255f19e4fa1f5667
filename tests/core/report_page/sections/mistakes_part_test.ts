import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { loadExperiment } from "../../../../core/experiment/experiment.ts";
import { assess } from "../../../../core/report_page/assess.ts";
import { mistakesPart } from "../../../../core/report_page/sections/mistakes_part.ts";
import { resamples } from "../../../../core/report_page/statistics/bootstrap.ts";
import { openMetric } from "../../../../core/submit/decide/metric.ts";
import { inFolder } from "../../../_in_folder.ts";
import { makeFolder } from "../_made_reports.ts";

const CELLS = ["cat", "dog", "cat", "eel"];
const CONFIG = `
model: { name: resnet18 }
train: { dir: ./results/none }
loss: { name: softmax_cross_entropy }
transform: { name: default_transform, params: { size: 32 } }
`;

Deno.test("mistakes come worst first, with a heat map of the class that was answered wrongly", async () => {
  await inFolder(async (folder) => {
    const ids = await makeFolder(folder, "label", CELLS), path = join(folder, "config.yml");
    await Deno.writeTextFile(path, CONFIG);
    const experiment = await loadExperiment(path, { set: [`data.dir=${join(folder, "data")}`] });
    const layout = await experiment.layout(), labels = await layout.readLabels();
    const metric = openMetric(experiment.registry, { name: "accuracy", params: {} }, layout);
    // The second and the last image are answered wrongly, the last one with more confidence.
    const probabilities = Float64Array.of(0.8, 0.1, 0.1, 0.5, 0.4, 0.1, 0.9, 0.1, 0, 0.1, 0.85, 0.05);
    const truth = Uint8Array.of(1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1);
    const groups = Int32Array.of(0, 1, 2, 3), times = resamples(groups, { seed: 0, count: 3 });
    const model = assess({
      name: "made",
      predictions: { path: "", ids, classes: 3, labels: truth, probabilities },
      rows: { ids, groups, groupCount: 4, times, scored: { times, shrink: 1 } },
    }, { metric, target: layout.target, seed: 0 });
    const asked: [string, number][] = [];
    const { body, tables } = await mistakesPart(model, {
      layout,
      experiment,
      labels,
      heatMapOf: ({ id }, label) => {
        asked.push([id, label]);
        return Promise.resolve({ rows: 2, cols: 2, values: Float32Array.of(0, 0.5, 1, 0) });
      },
    });
    assertEquals(asked, [[ids[3]!, 1], [ids[1]!, 0]]);
    assertEquals(tables[0]!.rows.map(([id, label, answer]) => [id, label, answer]), [
      [ids[3], "eel", "dog"],
      [ids[1], "dog", "cat"],
    ]);
    const html = body.join("");
    assertEquals(html.match(/<img /g)?.length, 4);
    assert(html.includes(`alt="Where the model looked in ${ids[3]}"`));
  });
});
