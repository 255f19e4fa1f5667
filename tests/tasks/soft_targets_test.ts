import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { readCsv } from "../../core/formats/csv.ts";
import { inFolder } from "../_in_folder.ts";
import { makeSmallCompetition, smallConfig } from "./_small_competition.ts";
import { runInFolder } from "./_task_process.ts";

const TEST = "inferences/teacher.test.csv",
  TRAIN = "inferences/teacher.train.csv",
  PSEUDO = "data/pseudo.csv";

/** Runs a task that must succeed and gives what it says. */
async function run(cwd: string, name: string, ...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await runInFolder(cwd, name, flags);
  assertEquals(code, 0, `${name} ${flags.join(" ")}\n${stderr}`);
  return stdout + stderr;
}

/** Runs a task that must fail and gives what it says. */
async function fail(cwd: string, code: number, name: string, ...flags: string[]): Promise<string> {
  const end = await runInFolder(cwd, name, flags);
  assertEquals(end.code, code, end.stderr);
  assertMatch(end.stderr, /^next: /m);
  return end.stderr;
}

async function writeConfig(
  cwd: string,
  name: string,
  { fold, targets }: { fold: number; targets: string[] },
) {
  const text = smallConfig(0)
    .replace(
      "data: { dir: data }",
      `data: { dir: data, params: { idx_fold: ${fold} }, targets: ${JSON.stringify(targets)} }`,
    )
    .replace("results/small", `results/${name}`).replace("num_epochs: 2", "num_epochs: 1");
  await Deno.writeTextFile(join(cwd, `${name}.yml`), text.replace("targets: []", "targets: null"));
}

async function makeTeacher(cwd: string): Promise<void> {
  await makeSmallCompetition(cwd, smallConfig(0));
  await writeConfig(cwd, "teacher", { fold: 0, targets: [] });
  await run(cwd, "train", "teacher.yml");
  await run(cwd, "inference", "teacher.yml", "--num_tta=1");
  await run(cwd, "inference", "teacher.yml", "--num_tta=1", "--split=train");
}

async function idsOf(path: string): Promise<string[]> {
  return (await readCsv(path, { columns: ["Id"], next: "" })).map(({ Id }) => Id);
}

/** Half of the test images, with the probabilities that they were predicted with. */
async function checkPseudoLabels(cwd: string): Promise<void> {
  assertStringIncludes(
    await run(cwd, "pseudo_label", TEST, "--share=0.5", `--out=${PSEUDO}`),
    "6 of 12 test images",
  );
  const chosen = (await Deno.readTextFile(join(cwd, PSEUDO))).trim().split("\n");
  const predicted = new Set((await Deno.readTextFile(join(cwd, TEST))).split("\n"));
  assertEquals(chosen.length, 7);
  assert(chosen.every((line) => predicted.has(line)));
  const beside = JSON.parse(await Deno.readTextFile(join(cwd, `${PSEUDO}.json`)));
  assertEquals([beside.split, beside.share, beside.files[0].path], ["test", 0.5, TEST]);
}

async function checkRefusedPseudoLabels(cwd: string): Promise<void> {
  assertStringIncludes(await fail(cwd, 3, "pseudo_label", TEST, "--threshold=1"), "no image is sure enough");
  assertStringIncludes(await fail(cwd, 3, "pseudo_label", TRAIN), "is no test image");
  assertStringIncludes(await fail(cwd, 2, "pseudo_label", TEST, "--threshold=0.9", "--share=0.3"), "at once");
}

/** A student of the teacher's fold learns from it, and its predictions tell so. */
async function checkStudent(cwd: string): Promise<void> {
  await writeConfig(cwd, "student", { fold: 0, targets: [PSEUDO, TRAIN] });
  const said = await run(cwd, "train", "student.yml", "--set=data.target_share=0.5");
  const count = (await idsOf(join(cwd, TRAIN))).length;
  assertStringIncludes(said, `soft targets for ${count} of ${count} train images, 6 test images added`);
  assertStringIncludes(said, `${count + 6} images to train on`);
  await run(cwd, "inference", "student.yml", "--set=data.target_share=0.5", "--num_tta=1");
  const { teachers } = JSON.parse(await Deno.readTextFile(join(cwd, "inferences", "student.test.csv.json")));
  assertEquals(teachers.length, 2);
  assertEquals(teachers[0].split_file.path, "data/split.stratified.0.csv");
}

/** A student of another fold, whose validation rows the teacher was trained on, gets nowhere; nor one of a changed split. */
async function checkLeaks(cwd: string): Promise<void> {
  const split = join(cwd, "data", "split.stratified.1.csv");
  const rows = await readCsv(split, { columns: ["Id", "Split"], next: "" });
  const held = new Set(rows.filter(({ Split }) => Split === "val").map(({ Id }) => Id));
  for (const path of [PSEUDO, TRAIN, "inferences/student.test.csv"]) {
    await writeConfig(cwd, "other", { fold: 1, targets: [path] });
    const said = await fail(cwd, 3, "train", "other.yml");
    const [, file, id] = said.match(/Cannot learn from "([^"]+)".* was trained on "([^"]+)"/)!;
    assertEquals(file, path);
    assert(held.has(id!), id);
  }
  const own = join(cwd, "data", "split.stratified.0.csv");
  await Deno.writeTextFile(own, (await Deno.readTextFile(own)).replace(",train\n", ",val\n"));
  const said = await fail(cwd, 3, "train", "student.yml", "--fresh");
  assertStringIncludes(
    said,
    `"data/split.stratified.0.csv" that its teacher was trained on has changed since`,
  );
}

Deno.test("a student learns from pseudo-labels and its teacher's predictions, never from a teacher that saw its fold", () =>
  inFolder(async (cwd) => {
    await makeTeacher(cwd);
    await checkPseudoLabels(cwd);
    await checkRefusedPseudoLabels(cwd);
    await checkStudent(cwd);
    await checkLeaks(cwd);
  }));
