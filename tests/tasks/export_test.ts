import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeDemoData } from "../../core/demo/make_demo_data.ts";
import { loadModel } from "../../core/predict/predictor.ts";
import { readSafetensors } from "../../core/weights/safetensors.ts";
import { runInFolder } from "./_task_process.ts";

const CONFIG = `
data: { dir: data }
model: { name: resnet18, params: { width: 2 } }
train: { dir: ./results/small, batch_size: 8, num_epochs: 1 }
loss: { name: binary_focal_loss }
transform: { name: default_transform, num_preprocessor: 0, params: { size: 32 } }
backend: wasm
`;

async function succeed(cwd: string, task: string, ...flags: string[]): Promise<{ files: string[] }[]> {
  const { code, stdout, stderr } = await runInFolder(cwd, task, [...flags, "--json"]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Trains a small model on demo data in a folder of its own. */
async function withRun(use: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await Deno.makeTempDir();
  try {
    const size = { train: 40, external: 8, test: 8, size: 40, seed: 0 };
    await makeDemoData({ layout: "hpa", ...size, out: join(cwd, "data") });
    await succeed(cwd, "find_duplicate_images");
    await succeed(cwd, "stratified_split");
    await Deno.writeTextFile(join(cwd, "small.yml"), CONFIG);
    await succeed(cwd, "train", "small.yml");
    await use(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

async function checkFormats(cwd: string): Promise<void> {
  for (const [format, count] of [["safetensors", 1], ["onnx", 1], ["tfjs", 2]] as const) {
    const [result] = await succeed(cwd, "export_weights", "small.yml", "--format", format);
    assertEquals(result!.files.length, count);
    for (const file of result!.files) assert((await Deno.stat(join(cwd, file))).size > 1000, file);
    if (format !== "safetensors") continue;
    const { tensors } = readSafetensors(await Deno.readFile(join(cwd, result!.files[0]!)));
    assertEquals(tensors.get("layer4.1.conv2.weight")!.shape, [16, 16, 3, 3]);
  }
}

async function checkPredictor(cwd: string): Promise<void> {
  const paths = [`data.dir=${join(cwd, "data")}`, `train.dir=${join(cwd, "results/small")}`];
  const predictor = await loadModel(join(cwd, "small.yml"), undefined, { set: paths });
  const data = new Uint8Array(40 * 40 * 4).map((_, i) => i % 251);
  const probabilities = await predictor.predict({ data, height: 40, width: 40, channels: 4 });
  assertEquals(Object.keys(probabilities), [...predictor.classes]);
  for (const value of Object.values(probabilities)) assertAlmostEquals(value, 0.5, 0.5);
  predictor.dispose();
}

async function checkRefusals(cwd: string): Promise<void> {
  const missing = await runInFolder(cwd, "export_weights", ["small.yml", "--checkpoint", "none"]);
  assertEquals(missing.code, 3);
  assertStringIncludes(missing.stderr, "none");
  const other = await runInFolder(cwd, "export_weights", ["small.yml", "--set", "model.params.width=4"]);
  assertEquals(other.code, 3);
  assertStringIncludes(other.stderr, "conv1.weight");
}

Deno.test("a trained run leaves in every format, and predicts in other programs", async () => {
  await withRun(async (cwd) => {
    await checkFormats(cwd);
    await checkPredictor(cwd);
    await checkRefusals(cwd);
  });
});
