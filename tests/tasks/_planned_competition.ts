import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeDemoData } from "../../core/demo/make_demo_data.ts";
import { sha256OfFile } from "../../core/base/sha256.ts";
import type { Unit } from "../../core/units/unit.ts";
import { readPlan } from "../../core/units/plan_file.ts";
import { runInFolder, type TaskEnd } from "./_task_process.ts";

const NET = `
model: { name: resnet18, params: { width: 4 } }
eval: { batch_size: 8 }
loss: { name: binary_focal_loss }
backend: wasm
threads: 1
`;
const TRANSFORM = "num_preprocessor: 0, name: policy_transform";

/** Configs of a search, of a training that uses its policies, and of a submission of two of its folds. */
const CONFIGS = {
  "search.yml": `${NET}
data: { name: SmallDataset, dir: data }
train: { dir: ./results/search, batch_size: 8, num_epochs: 1 }
transform: { ${TRANSFORM}, params: { size: 24 } }
search: { trials: 1, keep: 1, average: 1, seeds: 1, confirm: 1 }
`,
  "net.yml": `${NET}
data: { dir: data }
train: { dir: ./results/net, batch_size: 8, num_epochs: 3 }
transform: { ${TRANSFORM}, params: { size: 24, policies: results/search/best_policy.data } }
`,
  "submission.yml": `
data: { dir: data }
test_val: [inferences/net.0.test_val.csv, inferences/net.1.test_val.csv]
test: [inferences/net.0.test.csv, inferences/net.1.test.csv]
leaks: [data/data_leak.ahash.csv]
`,
};

/** Runs a task in a folder; fails where it does not end well. */
export async function mustRun(cwd: string, task: string, ...flags: string[]): Promise<TaskEnd> {
  const end = await runInFolder(cwd, task, flags);
  assertEquals(end.code, 0, `${task} ${flags.join(" ")}: ${end.stderr}`);
  return end;
}

/** Draws a small competition into a folder, splits it, and writes the configs search.yml, net.yml and submission.yml. */
export async function makePlannedCompetition(cwd: string): Promise<void> {
  const size = { train: 60, external: 12, test: 20, size: 24, seed: 0 };
  await makeDemoData({ layout: "hpa", ...size, out: join(cwd, "data") });
  await mustRun(cwd, "find_duplicate_images");
  await mustRun(cwd, "find_data_leak");
  await mustRun(cwd, "stratified_split");
  await mustRun(cwd, "stratified_split", "--use_external=0");
  for (const [name, text] of Object.entries(CONFIGS)) await Deno.writeTextFile(join(cwd, name), text);
}

/** Plans in a folder and reads the plan. */
export async function planIn(cwd: string, ...flags: string[]): Promise<Unit[]> {
  await mustRun(cwd, "plan", ...flags);
  return await readPlan(join(cwd, "results", "plan.jsonl"));
}

/** Copies a folder with all that is below it. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** What two machines must agree on to the byte: files without times in them. */
export const EXACT =
  /^(results\/net.*\/(epoch|best|swa)\S*\.safetensors|results\/search\/best_policy\.data|(inferences|submissions)\/.*\.csv(\.json)?|data\/(duplicates|data_leak)\.\w+\.csv)$/;

/** Files below a folder whose path, relative to it, matches: SHA-256 by path. */
export async function contents(
  folder: string,
  pattern: RegExp,
  below = "",
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) { for (const entry of await contents(folder, pattern, path)) found.set(...entry); }
    else if (pattern.test(path)) found.set(path, await sha256OfFile(join(folder, path)));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
