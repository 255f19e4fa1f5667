import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readPredictions } from "../../core/predictions/predictions.ts";
import { readCsv } from "../../core/formats/csv.ts";
import { runInFolder } from "./_task_process.ts";

const CONFIG = `
data: { dir: data }
model: { name: resnet18, params: { width: 4 } }
train: { dir: results/faces, batch_size: 32, num_epochs: 1 }
loss: { name: softmax_cross_entropy, params: { label_smoothing: 0.1 } }
optimizer: { name: adamw, params: { lr: 0.003 } }
transform: { name: default_transform, num_preprocessor: 1, params: { size: 32 } }
backend: wasm
`;

const SUBMISSION = `
test_val: [inferences/test_val.csv]
test: [inferences/test.csv]
`;

async function run(cwd: string, name: string, ...flags: string[]): Promise<void> {
  const { code, stderr } = await runInFolder(cwd, name, flags);
  assertEquals(code, 0, `${name} ${flags.join(" ")}\n${stderr}`);
}

/** A person is a group: all seven pictures of one lie in the same part of the split. */
async function checkPeople(cwd: string): Promise<void> {
  const path = join(cwd, "data", "split.stratified.0.csv");
  const parts = new Map<string, Set<string>>();
  for (const { Id, Split } of await readCsv(path, { columns: ["Id", "Split"], next: "" })) {
    const person = Id.split("/")[0]!;
    parts.set(person, (parts.get(person) ?? new Set()).add(Split));
  }
  assert(parts.size > 20);
  for (const [person, splits] of parts) assertEquals(splits.size, 1, person);
}

/** Every answer is the class of highest probability. */
async function checkAnswers(cwd: string): Promise<void> {
  const { ids, probabilities } = await readPredictions(join(cwd, "inferences", "test.csv"), { classes: 18 });
  const path = join(cwd, "submissions", "submission.csv");
  const answers = new Map(
    (await readCsv(path, { columns: ["ImageID", "ans"], next: "" })).map((
      { ImageID, ans },
    ) => [ImageID, ans]),
  );
  assertEquals(answers.size, ids.length);
  for (const [row, id] of ids.entries()) {
    const own = [...probabilities.subarray(row * 18, (row + 1) * 18)];
    assertEquals(answers.get(id), String(own.indexOf(Math.max(...own))));
  }
}

Deno.test("single-label pictures of people go from folders to a submission of classes", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(cwd, "faces.yml"), CONFIG);
    await Deno.writeTextFile(join(cwd, "submission.yml"), SUBMISSION);
    await run(
      cwd,
      "make_demo_data",
      "--layout=ai_stage",
      "--out=data",
      "--train=40",
      "--test=12",
      "--size=40",
    );
    await run(cwd, "find_duplicate_images");
    await run(cwd, "stratified_split");
    await checkPeople(cwd);
    await run(cwd, "train", "faces.yml");
    for (const split of ["test_val", "test"]) {
      await run(
        cwd,
        "inference",
        "faces.yml",
        "--num_tta=1",
        `--split=${split}`,
        `--output=inferences/${split}.csv`,
      );
    }
    await run(cwd, "make_submission", "submission.yml");
    await checkAnswers(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
