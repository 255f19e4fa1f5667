import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parse } from "@std/csv";
import { inFolder } from "../_in_folder.ts";
import { type Answers, MADE_COMPETITIONS, type MadeCompetition } from "./_made_competitions.ts";
import { runInFolder } from "./_task_process.ts";

/** Runs a printed command as it is, `deno task <name> <flags>`, in a folder. */
async function runCommand(cwd: string, command: string): Promise<void> {
  const [deno, task, name, ...flags] = command.split(" ");
  assertEquals([deno, task], ["deno", "task"], command);
  const { code, stderr } = await runInFolder(cwd, name!, flags);
  assertEquals(code, 0, `${command}\n${stderr}`);
}

async function readAnswers(path: string): Promise<{ header: string[]; answers: Answers }> {
  const [header, ...rows] = parse(await Deno.readTextFile(path)) as string[][];
  return { header: header!, answers: new Map(rows.map(([id, ...cells]) => [id!, cells])) };
}

/** Header and Ids as the sample submission has them; without one the folder's test images. */
async function checkForm(dir: string, path: string): Promise<void> {
  const [header, ...rows] = parse(await Deno.readTextFile(path)) as string[][];
  const sample = join(dir, "sample_submission.csv");
  try {
    const [wanted, ...wantedRows] = parse(await Deno.readTextFile(sample)) as string[][];
    assertEquals(header, wanted);
    assertEquals(rows.map(([id]) => id), wantedRows.map(([id]) => id));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const images = [...Deno.readDirSync(join(dir, "test"))].map(({ name }) => name);
    assertEquals(rows.map(([id]) => id).sort(), images.sort());
  }
}

async function playCompetition(cwd: string, competition: MadeCompetition): Promise<void> {
  const { name, shape, target, metric, margin, constant } = competition;
  const dir = join(cwd, "data", name);
  await competition.build(dir);
  await Deno.mkdir(join(cwd, "configs"));
  const { code, stdout, stderr } = await runInFolder(cwd, "init", [`data/${name}`, "--json"]);
  assertEquals(code, 0, stderr);
  const seen = JSON.parse(stdout);
  assertEquals([seen.submission.shape, seen.target, seen.metric.name], [shape, target, metric]);
  for (const command of seen.commands) await runCommand(cwd, command);
  const path = join(cwd, "submissions", `${name}.csv`);
  await checkForm(dir, path);
  const { answers } = await readAnswers(path);
  const reached = competition.score(answers);
  assert(reached > constant + margin, `${name}: ${reached} is not ${margin} above ${constant}`);
}

for (const competition of MADE_COMPETITIONS) {
  Deno.test(`init and the commands that it prints play the competition "${competition.name}"`, () =>
    inFolder((cwd) => playCompetition(cwd, competition)));
}
