import { join } from "@std/path";
import type { Output } from "../../core/base/output.ts";
import { Random } from "../../core/base/random.ts";
import { csvText, readCsv } from "../../core/formats/csv.ts";
import { joinPredictions } from "../../core/label_issues/join_predictions.ts";
import { parseIndices } from "../../core/layout/labels.ts";
import {
  findDuplicates,
  findLabelIssues,
  infer,
  type LabelIssues,
  loadExperiment,
  makeDemoData,
  type Planted,
  SILENT,
  splitFolds,
  train,
} from "../../mod.ts";
import type { BenchOptions } from "./options.ts";
import { findPeer } from "./python_peer.ts";

const FOLDER = join("results", "bench", "label_issues");
const DATA = join(FOLDER, "data");
/** The demo's config, size and pictures; no policy, as that would need the demo's search. */
const CONFIG = join("configs", "demo", "resnet18.yml");
const DEMO = { layout: "hpa", train: 560, external: 200, test: 20, size: 64 } as const;
const FOLDS = 5, CLASSES = 28;
/** Demos at most: one takes minutes on two cores. */
const DEMOS = 3;
/** Share of images in which one label is exchanged for another, and share of the images that is then looked at. */
const SHARE = 0.05;

/** How many planted label errors were found. */
export interface PlantedFound {
  readonly seed: number;
  readonly images: number;
  readonly planted: number;
  readonly flagged: number;
  /** Share of the planted ones among the first 5 % of the images. */
  readonly inFirst: number;
  /** Share of the planted ones among all flagged images. */
  readonly inFlagged: number;
  /** Whether cleanlab ranks the same images in the same order; null where it is not installed. */
  readonly equalsCleanlab: boolean | null;
}

/** Ids of pictures that are copies of others or have copies: their labels are merged when they are split. */
function copied(planted: Planted): Set<string> {
  const pairs = [
    ...planted.exact_duplicates,
    ...planted.near_duplicates,
    ...planted.conflicting_labels,
    ...planted.exact_leaks,
    ...planted.near_leaks,
  ];
  return new Set([...pairs.flatMap(({ ids }) => ids), ...Object.values(planted.broken)]);
}

/** Exchanges one label each of 5 % of the images for one that it lacks, of those that occur. Returns their Ids. */
async function plantFlips(planted: Planted, seed: number): Promise<Set<string>> {
  const random = new Random(seed, "label flips"), skipped = copied(planted);
  const tables = ["train.csv", "external.csv"].map((name) => join(DATA, name));
  const read = await Promise.all(
    tables.map((path) => readCsv(path, { columns: ["Id", "Target"], next: "" })),
  );
  const cell = { where: DATA, classes: CLASSES };
  const rows = read.flat().map(({ Id: id, Target }) => ({ id, labels: parseIndices(Target, cell) }));
  const occurring = [...new Set(rows.flatMap(({ labels }) => labels))].sort((a, b) => a - b);
  const open = random.shuffle(rows.filter(({ id, labels }) => !skipped.has(id) && labels.length > 0));
  const flipped = new Map(
    open.slice(0, Math.round(SHARE * rows.length)).map(({ id, labels }) => {
      const old = random.choice(labels), other = random.choice(occurring.filter((c) => !labels.includes(c)));
      return [id, labels.map((label) => (label === old ? other : label)).join(" ")];
    }),
  );
  for (const [index, path] of tables.entries()) {
    const cells = read[index]!.map(({ Id, Target }) => [Id, flipped.get(Id) ?? Target]);
    await Deno.writeTextFile(path, csvText(["Id", "Target"], cells));
  }
  return new Set(flipped.keys());
}

/** Trains the demo's net on each fold and predicts what it did not see. Returns the prediction files. */
async function predictFolds(seed: number, output: Output): Promise<string[]> {
  const files: string[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const set = [
      `data.dir=${DATA}`,
      `data.params.idx_fold=${fold}`,
      `train.dir=${join(FOLDER, `fold${fold}`)}`,
      "transform.params.policies=null",
      `seed=${seed}`,
    ];
    const experiment = await loadExperiment(CONFIG, { set, output: SILENT });
    await train(experiment, { fresh: true });
    for (const split of fold === 0 ? ["val", "test_val"] as const : ["val"] as const) {
      const path = join(FOLDER, `fold${fold}.${split}.csv`);
      files.push((await infer(experiment, { split, path })).path);
    }
    output.line(`fold ${fold + 1} of ${FOLDS} trained`);
  }
  return files;
}

async function compareWithCleanlab(
  files: readonly string[],
  { issues }: LabelIssues,
): Promise<boolean | null> {
  const peer = await findPeer("label_issues_reference.py", "cleanlab");
  if (peer === null) return null;
  const experiment = await loadExperiment(CONFIG, { set: [`data.dir=${DATA}`] });
  const { ids, labels, probabilities } = await joinPredictions(files, await experiment.layout());
  const request = { classes: CLASSES, labels: [...labels], probabilities: [...probabilities] };
  const ranked = await peer.ask<number[]>(request);
  await peer.close();
  return JSON.stringify(ranked.map((row) => ids[row])) === JSON.stringify(issues.map(({ id }) => id));
}

async function findPlanted(seed: number, output: Output): Promise<PlantedFound> {
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  const flips = await plantFlips(await makeDemoData({ ...DEMO, seed, out: DATA }), seed);
  await findDuplicates({ dataDir: DATA, gallery: false });
  await splitFolds({ dataDir: DATA });
  const files = await predictFolds(seed, output);
  const found = await findLabelIssues({ files, dataDir: DATA, output });
  const ids = found.issues.map(({ id }) => id), first = ids.slice(0, Math.round(SHARE * found.images));
  const share = (some: readonly string[]) => some.filter((id) => flips.has(id)).length / flips.size;
  return {
    seed,
    images: found.images,
    planted: flips.size,
    flagged: ids.length,
    inFirst: share(first),
    inFlagged: share(ids),
    equalsCleanlab: await compareWithCleanlab(files, found),
  };
}

/** Plants wrong labels in 5 % of the demo's images, trains its net on five folds, and counts how many are found. */
export async function bench({ rounds }: BenchOptions, output: Output): Promise<PlantedFound[]> {
  const results: PlantedFound[] = [];
  for (let seed = 0; seed < Math.min(rounds, DEMOS); seed++) results.push(await findPlanted(seed, output));
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  output.line("wrong labels planted in 5 % of the demo's images, five folds of its net");
  output.table(
    ["seed", "images", "planted", "found in the first 5 %", "flagged", "found in these", "as cleanlab"],
    results.map(({ seed, images, planted, inFirst, flagged, inFlagged, equalsCleanlab: equal }) => [
      seed,
      images,
      planted,
      percent(inFirst),
      flagged,
      percent(inFlagged),
      equal === null ? "not installed" : equal ? "yes" : "no",
    ]),
  );
  return results;
}
