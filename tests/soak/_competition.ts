import { join } from "@std/path";
import { listFiles } from "../../core/base/files.ts";
import { makeDemoData } from "../../core/demo/make_demo_data.ts";
import { assertEquals } from "@std/assert";
import { runInFolder } from "../tasks/_task_process.ts";

/** A training of seven steps an epoch that saves a resume point only where an epoch ends or something asks for it. */
const CONFIG = `
data: { dir: data }
model: { name: resnet18, params: { width: 4 } }
train: { dir: ./results/small, batch_size: 8, num_epochs: 2 }
eval: { batch_size: 16 }
loss: { name: binary_focal_loss }
transform: { name: policy_transform, num_preprocessor: 1, params: { size: 32 } }
checkpoint: { every_steps: 0 }
backend: wasm
`;

/** Runs a task that must succeed. */
export async function succeed(cwd: string, task: string, ...flags: string[]): Promise<void> {
  const { code, stderr } = await runInFolder(cwd, task, flags);
  assertEquals(code, 0, `${task}: ${stderr}`);
}

/** Makes a folder with a small competition that is split, and the config small.yml; the caller removes it. */
export async function newCompetition(): Promise<string> {
  const cwd = await Deno.makeTempDir();
  const size = { train: 48, external: 12, test: 12, size: 40, seed: 0 };
  await makeDemoData({ layout: "hpa", ...size, out: join(cwd, "data") });
  for (const task of ["find_duplicate_images", "stratified_split"]) await succeed(cwd, task);
  await Deno.writeTextFile(join(cwd, "small.yml"), CONFIG);
  return cwd;
}

/** The bytes of the files in a folder that are whole: no temporary ones, no databases. */
export async function wholeFiles(folder: string): Promise<Map<string, string>> {
  const names = (await listFiles(folder)).filter((name) => !/\.part$|^\./.test(name));
  const texts = names.map(async (name) => (await Deno.readFile(join(folder, name))).toBase64());
  return new Map((await Promise.all(texts)).map((text, i) => [names[i]!, text]));
}
