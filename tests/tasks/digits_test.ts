import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { csvText, readCsvTable } from "../../core/formats/csv.ts";
import { type Digit, splitDigits, writeDigit, writeDigitFolders } from "../_digits.ts";
import { inFolder } from "../_in_folder.ts";
import { runInFolder } from "./_task_process.ts";

/** Plays a folder with the configs and commands of init; returns the submission by Id and its columns. */
async function play(cwd: string, name: string) {
  await Deno.mkdir(join(cwd, "configs"));
  const { code, stdout, stderr } = await runInFolder(cwd, "init", [`data/${name}`, "--json"]);
  assertEquals(code, 0, stderr);
  for (const command of JSON.parse(stdout).commands as string[]) {
    const [, , task, ...flags] = command.split(" ");
    const end = await runInFolder(cwd, task!, flags);
    assertEquals(end.code, 0, `${command}\n${end.stderr}`);
  }
  const { header, rows } = await readCsvTable(join(cwd, "submissions", `${name}.csv`), {
    columns: [],
    next: "",
  });
  return { header, answers: new Map(rows.map(([id, ...cells]) => [id!, cells])) };
}

function share(held: readonly Digit[], right: (digit: Digit) => boolean): number {
  return held.filter(right).length / held.length;
}

Deno.test("init's first net reads 98 % of the held-out handwritten digits, from folders of classes", () =>
  inFolder(async (cwd) => {
    const { held, train } = await splitDigits();
    await writeDigitFolders(join(cwd, "data", "digits"), { held, train });
    const { answers } = await play(cwd, "digits");
    assertEquals(answers.size, 599);
    const accuracy = share(held, ({ id, label }) => answers.get(`${id}.png`)![0] === label);
    assert(accuracy >= 0.98, `accuracy ${accuracy}`);
  }));

Deno.test("init's first net reads 98 % of the held-out handwritten digits, with a probability for each class", () =>
  inFolder(async (cwd) => {
    const { held, train } = await splitDigits();
    const dir = join(cwd, "data", "digits"), classes = [..."0123456789"];
    for (const digit of held) await writeDigit(join(dir, "test", `${digit.id}.png`), digit);
    for (const digit of train) await writeDigit(join(dir, "train", `${digit.id}.png`), digit);
    await Deno.writeTextFile(
      join(dir, "train.csv"),
      csvText(["id", "digit"], train.map(({ id, label }) => [id, label])),
    );
    const sample = held.map(({ id }) => [id, ...classes.map(() => 0.1)]);
    await Deno.writeTextFile(join(dir, "sample_submission.csv"), csvText(["id", ...classes], sample));
    const { header, answers } = await play(cwd, "digits");
    assertEquals(header, ["id", ...classes]);
    const of = ({ id }: Digit) => answers.get(id)!.map(Number);
    const accuracy = share(
      held,
      (digit) => of(digit).indexOf(Math.max(...of(digit))) === Number(digit.label),
    );
    const logLoss = held.reduce((sum, digit) => sum - Math.log(of(digit)[Number(digit.label)]!), 0) /
      held.length;
    assert(accuracy >= 0.98, `accuracy ${accuracy}`);
    assert(logLoss < 0.1, `log loss ${logLoss}`);
  }));
