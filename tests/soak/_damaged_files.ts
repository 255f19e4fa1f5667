/** The kinds of files that mutations damage: how a good one is made, and what reading it gives. */
import * as tf from "@tensorflow/tfjs";
import { join } from "@std/path";
import type { Example } from "../../core/base/example.ts";
import { writeFileAtomic } from "../../core/base/files.ts";
import { Random } from "../../core/base/random.ts";
import { sha256 } from "../../core/base/sha256.ts";
import { buildImageCache } from "../../core/cache/build_cache.ts";
import { asBytes } from "../../core/image/deep/depth.ts";
import { openImageCache } from "../../core/data/image_cache.ts";
import { makeTransform } from "../../core/data/prepare.ts";
import { appendJsonLine } from "../../core/formats/json_lines.ts";
import { splitExamples } from "../../core/layout/examples.ts";
import { openLayout } from "../../core/layout/open_layout.ts";
import { splitChecksums } from "../../core/layout/split_report.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { readPredictions, writePredictions } from "../../core/predictions/predictions.ts";
import { readCheckpointFile, saveWeights } from "../../core/run_folder/checkpoint.ts";
import { readResume, writeResume } from "../../core/run_folder/resume_file.ts";
import { readPolicyFile } from "../../core/search/policy/policy_file.ts";
import { writeSplitFiles } from "../../core/split/split_files.ts";
import { readHistory } from "../../core/train/history.ts";
import type { StoredTensor } from "../../core/weights/safetensors.ts";
import { readWeightFile } from "../../core/weights/weight_file.ts";
import { writeExamples } from "../core/data/_pictures.ts";
import { tinyConfig, tinyExperiment } from "../core/train/_tiny.ts";

/** A kind of file that is damaged and read. */
export interface DamagedKind {
  readonly name: string;
  /** Paths of the files, of which one at a time is damaged. */
  readonly files: readonly string[];
  /** Whether something of the file, or beside it, tells every damage. */
  readonly checked: boolean;
  /** Whether other content is read with a warning, since the files may be edited. */
  readonly editable?: boolean;
  /** What the files hold; `warn` hears what reading tells without refusing. */
  read(warn: (message: string) => void): Promise<string>;
}

const FIXTURES = join(import.meta.dirname!, "..", "fixtures", "nn");
const POLICIES = join(import.meta.dirname!, "..", "..", "data", "best_policy.data");

function describeTensors(tensors: ReadonlyMap<string, StoredTensor>): string {
  return [...tensors].map(([name, { dtype, shape, data }]) => `${name} ${dtype} ${shape} ${sha256(data)}`)
    .join();
}

async function weightKinds(dir: string): Promise<DamagedKind[]> {
  const experiment = await tinyExperiment(tinyConfig(dir)), model = await experiment.model(4);
  const checkpoint = join(dir, "epoch_0000.safetensors"), resume = join(dir, "resume.safetensors");
  const config = { seed: 1, model: { name: "tiny" } };
  const trainedSplit = { path: "data/split.stratified.0.csv", sha256: "0".repeat(64), trained: "train" };
  await saveWeights(model, [checkpoint], {
    epoch: 3,
    step: 99,
    config,
    metrics: { macro_f1: 0.25 },
    trainedSplit,
  });
  const slots = new Map([["adam.m", tf.ones([40, 8])], ["adam.v", tf.range(0, 300)]]);
  await writeResume(resume, { model, extra: slots, progress: { epoch: 4, batch: 2 }, config, trainedSplit });
  return [
    {
      name: "checkpoint",
      files: [checkpoint],
      checked: true,
      async read() {
        const { tensors, metadata } = await readCheckpointFile(checkpoint, "Train again");
        return describeTensors(tensors) + JSON.stringify([...metadata]);
      },
    },
    {
      name: "resume file",
      files: [resume],
      checked: true,
      async read() {
        const state = await readResume(resume);
        state.load(model);
        const extra = [...state.extra()].map((
          [name, tensor],
        ) => [name, tensor.shape, [...tensor.dataSync()]]);
        return JSON.stringify([state.progress, state.config, extra]);
      },
    },
  ];
}

async function historyKind(dir: string): Promise<DamagedKind> {
  const path = join(dir, "history.jsonl");
  for (let epoch = 0; epoch < 5; epoch++) {
    const scores = { loss: 1 / (epoch + 1), macro_f1: epoch / 10, f1: [0.1, 0.2, epoch / 7] };
    const record = { epoch, step: 9 * epoch, learning_rate: 0.01, train: scores, val: scores };
    await appendJsonLine(path, { ...record, images: { train: 18, val: 7 }, seconds: 1.5 });
  }
  return {
    name: "history",
    files: [path],
    checked: false,
    read: async () => JSON.stringify(await readHistory(path, 5)),
  };
}

async function pthKinds(dir: string): Promise<DamagedKind[]> {
  const kinds: DamagedKind[] = [];
  for (const name of ["zip.pth", "checkpoint.pth", "legacy.pth"]) {
    const path = join(dir, name);
    await Deno.copyFile(join(FIXTURES, name), path);
    const read = async () => describeTensors(await readWeightFile(path));
    // The format before PyTorch 1.6 has no checksums.
    kinds.push({ name, files: [path], checked: name !== "legacy.pth", read });
  }
  return kinds;
}

async function cacheKind(dir: string): Promise<DamagedKind> {
  const folder = join(dir, "cache"), examples: Example[] = await writeExamples(dir, 8);
  const options = { folder, images: examples, channels: 4, maxPixels: 1000, size: 12, shardBytes: 3000 };
  const { index } = await buildImageCache(options);
  const shards = Array.from({ length: index.shards }, (_, shard) => join(folder, `shard_000${shard}`));
  const originals: string[] = [];
  return {
    name: "image cache",
    files: [join(folder, "index.json"), ...shards.flatMap((path) => [`${path}.bin`, `${path}.json`])],
    checked: true,
    async read(warn) {
      const cache = await openImageCache(folder, 4, { report: warn });
      try {
        const pictures: string[] = [];
        for (const [i, example] of examples.entries()) {
          const pixels = await cache.read(example);
          // A loader reads the files of an image that the cache does not give.
          pictures.push(pixels ? sha256(asBytes(pixels).data) : originals[i]!);
          originals[i] ??= pictures[i]!;
        }
        return JSON.stringify(pictures);
      } finally {
        cache.close();
      }
    },
  };
}

async function predictionKind(dir: string): Promise<DamagedKind> {
  const path = join(dir, "run.test.csv"), random = new Random(1, "predictions");
  const ids = Array.from({ length: 30 }, (_, i) => `image_${i}`);
  const probabilities = Float64Array.from({ length: 90 }, () => Math.fround(random.next()));
  const labels = Uint8Array.from({ length: 90 }, () => random.integer(0, 1));
  const provenance = {
    config: "a",
    checkpoint: "best_0003.safetensors",
    split: "test_val",
    views: {},
    podium: "0.1.0",
    split_file: null,
  };
  await writePredictions(path, { path, ids, classes: 3, labels, probabilities }, { provenance });
  return {
    name: "predictions",
    files: [path, `${path}.json`],
    checked: true,
    async read() {
      const { ids, labels, probabilities } = await readPredictions(path, { classes: 3 });
      return JSON.stringify([ids, [...labels!], [...probabilities]]);
    },
  };
}

async function splitKind(dir: string): Promise<DamagedKind> {
  const data = join(dir, "data"), ids = Array.from({ length: 24 }, (_, i) => `image_${i}`);
  const labels = ids.map((_, i) => [i % 28, (3 * i + 1) % 28].sort((a, b) => a - b));
  for (const id of ids) await writeFileAtomic(join(data, "rgby", "train", `${id}.png`), "");
  const rows = ids.map((id, i) => `${id},${labels[i]!.join(" ")}\n`).join("");
  await Deno.writeTextFile(join(data, "train.csv"), `Id,Target\n${rows}`);
  const folds = ids.map((id, i) => ({ id, labels: labels[i]!, fold: i % 3 }));
  const files = await writeSplitFiles(folds, { dir: data, prefix: "split.stratified", folds: 3 });
  const report = { files: await splitChecksums(files) };
  await Deno.writeTextFile(join(data, "split.stratified.report.json"), JSON.stringify(report));
  const layout = await openLayout(await loadPlugins([], ["layouts"]), data, { name: "hpa" });
  return {
    name: "split file",
    files,
    checked: true,
    editable: true,
    async read(warn) {
      const examples = [];
      for (const split of ["val", "test_val"]) {
        examples.push(await splitExamples(layout, { path: files[0]!, rows: split }, { warn }));
      }
      return JSON.stringify(examples);
    },
  };
}

async function policyKind(dir: string): Promise<DamagedKind> {
  const path = join(dir, "best_policy.data");
  await Deno.copyFile(POLICIES, path);
  const registry = await loadPlugins([], ["augmentations", "transforms"]);
  const transform = { name: "policy_transform", params: { policies: path, size: 16 } };
  return {
    name: "policy file",
    files: [path],
    checked: false,
    async read() {
      makeTransform(registry, { transform, split: "train", channels: 4, depth: 8 });
      return JSON.stringify(await readPolicyFile(path));
    },
  };
}

/** Makes good files of every kind in a folder. */
export async function makeDamagedKinds(dir: string): Promise<DamagedKind[]> {
  await tf.setBackend("cpu");
  const folder = (name: string) => {
    const path = join(dir, name);
    Deno.mkdirSync(path);
    return path;
  };
  return [
    ...await weightKinds(folder("weights")),
    await historyKind(folder("history")),
    ...await pthKinds(folder("pth")),
    await cacheKind(folder("pictures")),
    await predictionKind(folder("predictions")),
    await splitKind(folder("split")),
    await policyKind(folder("policy")),
  ];
}
