import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readRecords } from "../../core/report/tensorboard.ts";
import { ROOT, runInFolder } from "../tasks/_task_process.ts";

/** A command of the chain from a competition's images to its submission. */
export interface Step {
  readonly task: string;
  readonly flags: readonly string[];
  /** The folder of the project that the task writes to. */
  readonly writes: "data" | "results" | "inferences" | "submissions";
}

const CONFIGS = join(ROOT, "configs", "demo");
/** The demo's network and pictures, made smaller; a resume point after every optimizer step. */
const SMALL = [
  "train.num_epochs=2",
  "model.params.width=4",
  "transform.params.size=24",
  "transform.num_preprocessor=1",
  "checkpoint.every_steps=1",
].map((override) => `--set=${override}`);
const DATA = ["--data_dir=data/demo"];
const MODEL = [join(CONFIGS, "resnet18.yml"), ...SMALL, "--set=data.cache=data/demo/cache"];

function predict(split: "test_val" | "test"): Step {
  const flags = ["--num_tta=4", `--split=${split}`, `--output=inferences/demo/resnet18.${split}.csv`];
  return { task: "inference", flags: [...flags, ...MODEL], writes: "inferences" };
}

/** All steps behind the drawing of the pictures, in order. */
export const STEPS: readonly Step[] = [
  { task: "find_duplicate_images", flags: DATA, writes: "data" },
  { task: "stratified_split", flags: DATA, writes: "data" },
  { task: "stratified_split", flags: ["--use_external=0", ...DATA], writes: "data" },
  { task: "find_data_leak", flags: DATA, writes: "data" },
  { task: "cache_images", flags: [join(CONFIGS, "resnet18.yml"), ...SMALL], writes: "data" },
  {
    task: "search",
    flags: [join(CONFIGS, "search.yml"), ...SMALL, "--set=search.trials=1"],
    writes: "results",
  },
  { task: "train", flags: MODEL, writes: "results" },
  { task: "swa", flags: ["--num_checkpoint=2", ...MODEL], writes: "results" },
  predict("test_val"),
  predict("test"),
  { task: "make_submission", flags: [join(CONFIGS, "submission.yml")], writes: "submissions" },
];

/** Runs a step to its end. */
export async function finishStep(project: string, { task, flags }: Step): Promise<void> {
  const { code, stderr } = await runInFolder(project, task, flags);
  assertEquals(code, 0, `${task} ${flags.join(" ")}: ${stderr}`);
}

/** Draws a tiny competition into a project. */
export async function drawCompetition(project: string): Promise<void> {
  const flags = ["--size=48", "--train=60", "--external=12", "--test=12", "--out=data/demo"];
  await finishStep(project, { task: "make_demo_data", flags, writes: "data" });
}

/** Copies a folder with the times of its files, which the cache of images remembers. */
export async function copyFolder(from: string, to: string): Promise<void> {
  const { code, stderr } = await new Deno.Command("cp", { args: ["-a", `${from}/.`, to] }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
}

/** The paths of all files below a folder, sorted. */
export async function pathsBelow(folder: string, path = ""): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, path))) {
    const place = join(path, name);
    if (isDirectory) paths.push(...await pathsBelow(folder, place));
    else paths.push(place);
  }
  return paths.sort();
}

/** What is left of a write that did not come to its end. */
export const STRAY = /\.(?:part|tmp)$|-(?:wal|shm|journal)$/;

const EVENTS = /(^|\/)events\.out\.tfevents\.\d+\.podium$/;
/** The wall time at the begin of an event: a tag and eight bytes. */
const WALL_TIME = 9;

/** A file's bytes as text, without what tells the time. */
function withoutTimes(path: string, bytes: Uint8Array): string {
  const decoder = new TextDecoder("latin1");
  if (EVENTS.test(path)) {
    return readRecords(bytes).map((record) => decoder.decode(record.subarray(WALL_TIME))).join("\n");
  }
  // The page of a search draws the seconds of its trials, that of a training those of its epochs.
  if (/(search|index)\.html$/.test(path)) return "";
  return decoder.decode(bytes).replace(/"(seconds|time)": ?[^,}\n]+/g, '"$1":0');
}

/**
 * The files of a project with their bytes, without what tells the time: event files, seconds. Without the cache of hashes,
 * which remembers in any order.
 */
export async function outputsOf(project: string): Promise<Map<string, string>> {
  const outputs = new Map<string, string>();
  for (const path of await pathsBelow(project)) {
    if (path.endsWith(".hash_cache.sqlite")) continue;
    const bytes = await Deno.readFile(join(project, path));
    outputs.set(path.replace(EVENTS, "$1events"), withoutTimes(path, bytes));
  }
  return outputs;
}

/** Fails and names the file when two projects differ. */
export function assertSameOutputs(
  actual: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
  when: string,
): void {
  assertEquals([...actual.keys()], [...expected.keys()], when);
  const different = [...expected].filter(([path, text]) => actual.get(path) !== text).map(([path]) => path);
  assertEquals(different, [], when);
}
