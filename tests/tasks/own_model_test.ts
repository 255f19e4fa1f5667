import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readSafetensors } from "../../core/weights/safetensors.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

/** The first TypeScript block of the README: the complete model plugin. */
function exampleOfReadme(): string {
  const readme = Deno.readTextFileSync(join(ROOT, "README.md"));
  return readme.match(/```ts\n([\s\S]*?)```/)![1]!;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    if (entry.isDirectory) await copyFolder(join(from, entry.name), join(to, entry.name));
    else await Deno.copyFile(join(from, entry.name), join(to, entry.name));
  }
}

async function copyProject(to: string): Promise<void> {
  for (const name of ["core", "plugins", "tasks", "third_party"]) {
    await copyFolder(join(ROOT, name), join(to, name));
  }
  for (const name of ["deno.json", "deno.lock", "mod.ts", "network.ts", "plugin.ts"]) {
    await Deno.copyFile(join(ROOT, name), join(to, name));
  }
  await Deno.symlink(join(ROOT, "node_modules"), join(to, "node_modules"));
}

/** Runs a task of the copy. Its packages lie behind a link, so the folders that the task names do not fit. */
async function runCopied(cwd: string, task: string, ...flags: string[]): Promise<void> {
  const permissions = ["--allow-read", "--allow-write=.", "--allow-ffi", "--allow-sys", "--allow-env"];
  const args = ["run", ...permissions, `tasks/${task}.ts`, ...flags];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd }).output();
  const decoder = new TextDecoder();
  assert(success, `${task}\n${decoder.decode(stdout)}\n${decoder.decode(stderr)}`);
}

const CONFIG = `
data: { dir: data }
model: { name: my_model, params: { width: 4 } }
train: { dir: results/mine, batch_size: 16, num_epochs: 1 }
loss: { name: binary_focal_loss }
transform: { name: policy_transform, num_preprocessor: 1, params: { size: 32 } }
backend: cpu
`;

Deno.test("the model of the README trains as one added file and one name in a config", async () => {
  const project = await Deno.makeTempDir();
  try {
    await copyProject(project);
    await Deno.writeTextFile(join(project, "plugins", "models", "my_model.ts"), exampleOfReadme());
    await Deno.writeTextFile(join(project, "mine.yml"), CONFIG);
    const data = ["--data_dir", "data"];
    const small = ["--train=60", "--external=0", "--test=12", "--size=48"];
    await runCopied(project, "make_demo_data", "--out=data", ...small);
    await runCopied(project, "find_duplicate_images", ...data);
    await runCopied(project, "stratified_split", ...data);
    await runCopied(project, "train", "mine.yml");
    const file = join(project, "results", "mine", "checkpoint", "epoch_0000.safetensors");
    const { tensors } = readSafetensors(await Deno.readFile(file));
    assertEquals(tensors.get("stage0.conv.weight")?.shape, [4, 4, 3, 3]);
    assertEquals(tensors.get("head.weight")?.shape, [28, 32]);
  } finally {
    await Deno.remove(project, { recursive: true });
  }
});
