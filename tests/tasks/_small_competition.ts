import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeDemoData } from "../../core/demo/make_demo_data.ts";
import { runInFolder } from "./_task_process.ts";

/** A config of seven steps an epoch for the small competition; a resume point is saved every so many steps, 0 at ends only. */
export function smallConfig(everySteps: number): string {
  return `
data: { dir: data }
model: { name: resnet18, params: { width: 4 } }
train: { dir: ./results/small, batch_size: 8, num_epochs: 2 }
eval: { batch_size: 16 }
loss: { name: binary_focal_loss }
transform: { name: policy_transform, num_preprocessor: 1, params: { size: 32 } }
checkpoint: { every_steps: ${everySteps} }
backend: wasm
`;
}

/** Draws a small competition into a folder, searches it for duplicates, splits it, and writes the config small.yml. */
export async function makeSmallCompetition(cwd: string, config: string): Promise<void> {
  const size = { train: 48, external: 12, test: 12, size: 40, seed: 0 };
  await makeDemoData({ layout: "hpa", ...size, out: join(cwd, "data") });
  for (const task of ["find_duplicate_images", "stratified_split"]) {
    const { code, stderr } = await runInFolder(cwd, task, []);
    assertEquals(code, 0, `${task}: ${stderr}`);
  }
  await Deno.writeTextFile(join(cwd, "small.yml"), config);
}
