import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import type { Example, Source } from "../../../core/base/example.ts";
import { dataProblem, Problem } from "../../../core/base/problem.ts";
import {
  mixTargets,
  nearestLabels,
  softExamples,
  type SoftExamplesOptions,
} from "../../../core/experiment/soft_examples.ts";
import type { Layout } from "../../../core/plugin/contracts.ts";
import { inFolder } from "../../_in_folder.ts";
import { writeSplit, writeTargets } from "../predictions/_sidecars.ts";

const CLASSES = ["x", "y"];

function example(id: string, labels: readonly number[]): Example {
  return { id, source: "train", files: [`${id}.png`], labels };
}

/** Labelled images a to d and test images t1, t2 and b (another b); t2's file is missing. */
const LAYOUT = {
  classes: CLASSES,
  target: "class",
  readLabels: () => Promise.resolve(["a", "b", "c", "d"].map((id) => ({ id, source: "train", labels: [0] }))),
  testIds: () => Promise.resolve(["t2", "t1", "b"]),
  filesOf(id: string, source: Source) {
    if (id === "t2") throw dataProblem("t2.png is missing");
    return Promise.resolve({ id, source, files: [`test/${id}.png`] });
  },
} as unknown as Layout;

/** Split rows: a and b train, c val; d is in no split. */
async function open(
  folder: string,
  files: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>,
  told: object = {},
): Promise<SoftExamplesOptions> {
  const rows = { a: "train", b: "train", c: "val" };
  const split_file = await writeSplit(join(folder, "split.0.csv"), rows);
  const paths = await Promise.all(
    Object.entries(files).map(([name, rows]) =>
      writeTargets(folder, name, { rows, told: { split_file, ...told } })
    ),
  );
  return { layout: LAYOUT, paths, share: 1, heldOut: new Set(["c"]), reading: { onBroken: "skip" } };
}

const TRAIN = [example("a", [0]), example("b", [1])];

/** Soft targets by source and Id. */
function softOf(examples: readonly Example[]): Record<string, number[] | null> {
  return Object.fromEntries(
    examples.map(({ id, source, soft }) => [`${source}/${id}`, soft ? Array.from(soft) : null]),
  );
}

async function refused(options: SoftExamplesOptions): Promise<string> {
  const problem = await assertRejects(() => softExamples(TRAIN, options), Problem);
  assertEquals(problem.exitCode, 3);
  return problem.message;
}

describe("softExamples", () => {
  it("gives train images the mean of their rows, leaves other labelled rows alone, adds test images", () =>
    inFolder(async (folder) => {
      const one = { a: [0.25, 0.75], c: [1, 0], d: [1, 0] }, two = { t1: [0.25, 0.75], a: [0.75, 0.25] };
      const { examples, counts } = await softExamples(
        TRAIN,
        await open(folder, { "1.csv": one, "2.csv": two }),
      );
      assertEquals(softOf(examples), { "train/a": [0.5, 0.5], "train/b": null, "test/t1": [0.25, 0.75] });
      assertEquals(examples.map(({ labels }) => labels), [[0], [1], [1]]);
      assertEquals(examples[2]!.files, ["test/t1.png"]);
      assertEquals(counts, { labelled: 1, test: 1 });
    }));

  it("mixes them with the labels by the share, but for test images", () =>
    inFolder(async (folder) => {
      const options = await open(folder, { "1.csv": { a: [0.5, 0.5], b: [0.5, 0.5], t1: [0.75, 0.25] } });
      const { examples } = await softExamples(TRAIN, { ...options, share: 0.25 });
      assertEquals(softOf(examples), {
        "train/a": [0.875, 0.125],
        "train/b": [0.125, 0.875],
        "test/t1": [0.75, 0.25],
      });
    }));

  it("tells by the split of the file whether an Id of both is a test image", () =>
    inFolder(async (folder) => {
      const files = { "1.csv": { b: [0.5, 0.5] } };
      const asTest = await softExamples(TRAIN, await open(folder, files, { split: "test" }));
      assertEquals(softOf(asTest.examples), { "train/a": null, "train/b": null, "test/b": [0.5, 0.5] });
      const asTrain = await softExamples(TRAIN, await open(folder, files, { split: "train" }));
      assertEquals(softOf(asTrain.examples), { "train/a": null, "train/b": [0.5, 0.5] });
    }));

  it("leaves out missing test images where the config says so", () =>
    inFolder(async (folder) => {
      const options = await open(folder, { "1.csv": { t1: [1, 0], t2: [1, 0] } });
      assertEquals((await softExamples(TRAIN, options)).counts, { labelled: 0, test: 1 });
      assertStringIncludes(await refused({ ...options, reading: { onBroken: "fail" } }), "t2.png is missing");
    }));

  it("refuses an Id that is in no list, rows of held-out images alone, and a teacher that saw one", () =>
    inFolder(async (folder) => {
      const strange = await refused(await open(folder, { "1.csv": { a: [1, 0], t11: [1, 0] } }));
      assertStringIncludes(strange, '"t11" is no train or test image');
      assertStringIncludes(strange, 'did you mean "t1"?');
      const test = await refused(await open(folder, { "1.csv": { a: [1, 0] } }, { split: "test" }));
      assertStringIncludes(test, '"a" is no test image');
      assertStringIncludes(
        await refused(await open(folder, { "1.csv": { c: [1, 0] } })),
        "no row is of the train",
      );
      const options = await open(folder, { "1.csv": { t1: [1, 0] } });
      assertStringIncludes(
        await refused({ ...options, heldOut: new Set(["b"]) }),
        'was trained on "b", which',
      );
    }));
});

describe("mixTargets", () => {
  it("mixes each class of several labels, and values", () => {
    const labelled = mixTargets(example("a", [0, 2]), [0.5, 0.5, 0], { share: 0.5, target: "class_set" });
    assertEquals(Array.from(labelled.soft!), [0.75, 0.25, 0.5]);
    const valued = mixTargets(example("a", [4, -2]), [2, 0], { share: 0.5, target: "value" });
    assertEquals(Array.from(valued.soft!), [3, -1]);
  });
});

describe("nearestLabels", () => {
  it("gives the likeliest class, the classes from 0.5 on, or the numbers", () => {
    assertEquals(nearestLabels([0.25, 0.45, 0.3], "class"), [1]);
    assertEquals(nearestLabels([0.25, 0.45, 0.3], "grade"), [1]);
    assertEquals(nearestLabels([0.25, 0.5, 0.75], "class_set"), [1, 2]);
    assertEquals(nearestLabels([0.25, 0.45], "class_set"), []);
    assertEquals(nearestLabels([2.5, -1], "value"), [2.5, -1]);
  });
});
