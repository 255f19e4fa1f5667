import { assertRejects } from "@std/assert";
import { dataProblem } from "../../../core/base/problem.ts";
import { inspectFolder } from "../../../core/init/inspect_folder.ts";
import { openLayout } from "../../../core/layout/open_layout.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import csvFolder from "../../../plugins/layouts/csv_folder.ts";
import { checkCompetition, type Inspection, type Inspector } from "./_check_competition.ts";
import { listCompetitions } from "./_stubs.ts";

/** What is right for the stub of Plant Pathology 2021. */
const LEAVES: Inspection = {
  layout: "csv_folder",
  layoutParams: { images: "train_images", test_images: "test_images" },
  target: "class_set",
  classes: ["complex", "frog_eye_leaf_spot", "healthy", "powdery_mildew", "scab"],
  channels: ["red", "green", "blue"],
  images: { train: 5, test: 5 },
  submission: { shape: "labels", header: ["image", "labels"], separator: " " },
  metric: "macro_f1",
};

function answer(inspection: Inspection): Inspector {
  return {
    inspect: () => Promise.resolve(inspection),
    open: async (dir, { layoutParams }) =>
      await csvFolder.create(csvFolder.params.parse(layoutParams), { dir }),
  };
}

const STUB = "plant-pathology-2021-fgvc8";

Deno.test("the right answer about a stub passes", async () => {
  await checkCompetition(STUB, answer(LEAVES));
});

const WRONG: Readonly<Record<string, Partial<Inspection>>> = {
  target: { target: "class" },
  classes: { classes: ["healthy", "scab"] },
  channels: { channels: ["gray"] },
  images: { images: { train: 5, test: 3 } },
  shape: { submission: { ...LEAVES.submission, shape: "score" } },
  header: { submission: { ...LEAVES.submission, header: ["image", "label"] } },
  separator: { submission: { ...LEAVES.submission, separator: ";" } },
  metric: { metric: "roc_auc" },
  layoutParams: { layoutParams: { ...LEAVES.layoutParams, images: "test_images" } },
};

for (const [what, part] of Object.entries(WRONG)) {
  Deno.test(`a wrong answer about a stub's ${what} does not pass`, async () => {
    await assertRejects(() => checkCompetition(STUB, answer({ ...LEAVES, ...part })));
  });
}

Deno.test("a layout whose labels are others does not pass", async () => {
  const mislabelled: Inspector = {
    ...answer(LEAVES),
    open: async (dir, inspection) => {
      const layout = await answer(LEAVES).open(dir, inspection);
      const rows = await layout.readLabels();
      layout.readLabels = () => Promise.resolve(rows.map((row) => ({ ...row, labels: [0] })));
      return layout;
    },
  };
  await assertRejects(() => checkCompetition(STUB, mislabelled), Error, "images of each class");
});

Deno.test("an unrecognisable stub passes only as a data problem", async () => {
  await assertRejects(() => checkCompetition("seti-breakthrough-listen", answer(LEAVES)));
  const told: Inspector = { ...answer(LEAVES), inspect: () => Promise.reject(dataProblem("No label file")) };
  await checkCompetition("seti-breakthrough-listen", told);
});

const registry = await loadPlugins([], ["layouts"]);

const product: Inspector = {
  async inspect(dir) {
    const { layoutName, layout, submission, metric, ...seen } = await inspectFolder(dir);
    return {
      ...seen,
      layout: layoutName,
      classes: layout.classes,
      channels: layout.channels,
      submission: { ...submission, rowSum: submission.rowSum ? 1 : null },
      metric: metric.name,
    };
  },
  open: (dir, { layout, layoutParams }) => openLayout(registry, dir, { name: layout, params: layoutParams }),
};

for (const name of listCompetitions()) {
  Deno.test(`init looks at the folder of ${name}`, () => checkCompetition(name, product));
}
