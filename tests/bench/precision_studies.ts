import { join } from "@std/path";
import { readPlanted, scoreSubmission } from "../../core/demo/compare_findings.ts";
import { readCsv } from "../../core/formats/csv.ts";
import { splitDigits, writeDigitFolders } from "../_digits.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const DEMO_CLASSES = 28;

/** A competition whose hidden test labels are known. */
export interface Study {
  readonly name: string;
  /** What its score is. */
  readonly score: string;
  /** Makes data and configs in an empty folder. */
  prepare(cwd: string): Promise<void>;
  /** Trains with these overrides of the config, as a user does, and scores the submission against the hidden labels. */
  play(cwd: string, set: readonly string[]): Promise<number>;
}

/** Runs a task in a folder; gives what it prints on stdout. */
async function runTask(cwd: string, command: string, set: readonly string[] = []): Promise<string> {
  const [name, ...flags] = command.split(" ");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-check", "--config", join(ROOT, "deno.json")],
      join(ROOT, "tasks", `${name}.ts`),
      ...flags,
      ...set.map((override) => `--set=${override}`),
    ],
    cwd,
  }).output();
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

async function prepareDemo(cwd: string): Promise<void> {
  await Deno.mkdir(join(cwd, "configs", "demo"), { recursive: true });
  for (const name of ["search.yml", "resnet18.yml", "submission.yml"]) {
    const path = join("configs", "demo", name);
    await Deno.copyFile(join(ROOT, path), join(cwd, path));
  }
  await runTask(cwd, "make_demo_data --out=data/demo --size=64 --seed=0");
  await runTask(cwd, "find_duplicate_images --data_dir=data/demo");
  await runTask(cwd, "stratified_split --data_dir=data/demo");
  await runTask(cwd, "stratified_split --data_dir=data/demo --use_external=0");
  await runTask(cwd, "find_data_leak --data_dir=data/demo");
  await runTask(cwd, "train configs/demo/search.yml");
}

async function playDemo(cwd: string, set: readonly string[]): Promise<number> {
  const config = "configs/demo/resnet18.yml";
  await runTask(cwd, `train ${config} --fresh`, set);
  await runTask(cwd, `swa ${config} --num_checkpoint=5`, set);
  for (const split of ["test_val", "test"]) {
    const output = `inferences/demo/resnet18.${split}.csv`;
    await runTask(cwd, `inference ${config} --num_tta=8 --split=${split} --output=${output}`, set);
  }
  await runTask(cwd, "make_submission configs/demo/submission.yml");
  const path = join(cwd, "submissions", "demo", "submission.csv");
  return await scoreSubmission(await readPlanted(join(cwd, "data", "demo")), { path, classes: DEMO_CLASSES });
}

async function prepareDigits(cwd: string): Promise<void> {
  await Deno.mkdir(join(cwd, "configs"));
  await writeDigitFolders(join(cwd, "data", "digits"), await splitDigits());
  await runTask(cwd, "init data/digits");
  await runTask(cwd, "find_duplicate_images --data_dir=data/digits --min_tier=same_pixels");
  await runTask(cwd, "stratified_split --data_dir=data/digits");
}

async function playDigits(cwd: string, set: readonly string[]): Promise<number> {
  const config = "configs/digits/small.yml";
  await runTask(cwd, `train ${config} --fresh`, set);
  for (const split of ["test_val", "test"]) await runTask(cwd, `inference ${config} --split=${split}`, set);
  await runTask(cwd, "make_submission configs/digits/submission.yml");
  const path = join(cwd, "submissions", "digits.csv");
  const rows = await readCsv(path, { columns: ["id", "label"], next: "" });
  const labels = new Map((await splitDigits()).held.map(({ id, label }) => [`${id}.png`, label]));
  return rows.filter(({ id, label }) => labels.get(id) === label).length / labels.size;
}

/** The demo's configs, and scikit-learn's handwritten digits with the configs that init writes. */
export const STUDIES: readonly Study[] = [
  { name: "demo", score: "hidden macro F1", prepare: prepareDemo, play: playDemo },
  { name: "digits", score: "hidden accuracy", prepare: prepareDigits, play: playDigits },
];
