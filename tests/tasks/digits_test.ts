import { assert, assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { Random } from "../../core/base/random.ts";
import { csvText, readCsvTable } from "../../core/formats/csv.ts";
import { crop } from "../../core/image/crop.ts";
import { decodeImage } from "../../core/image/decode.ts";
import { encodePng } from "../../core/image/encode.ts";
import { inFolder } from "../_in_folder.ts";
import { runInFolder } from "./_task_process.ts";

const FIXTURE = fromFileUrl(new URL("../fixtures/digits/", import.meta.url));
const SIDE = 8;

/** A digit of scikit-learn's set: a picture of 8 x 8 pixels. */
interface Digit {
  readonly id: string;
  readonly label: string;
  readonly png: Uint8Array;
}

/** The 1,797 digits in a random order. */
async function readDigits(): Promise<Digit[]> {
  const { across, labels } = JSON.parse(await Deno.readTextFile(join(FIXTURE, "digits.json")));
  const sheet = await decodeImage(await Deno.readFile(join(FIXTURE, "digits.png")), { channels: 1 });
  const digits: Digit[] = [];
  for (const [place, label] of [...labels as string].entries()) {
    const [top, left] = [SIDE * Math.floor(place / across), SIDE * (place % across)];
    const png = await encodePng(crop(sheet, { top, left, height: SIDE, width: SIDE }));
    digits.push({ id: String(place).padStart(4, "0"), label, png });
  }
  return new Random(0, "held-out third").shuffle(digits);
}

async function writeImage(path: string, png: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, png);
}

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
    const digits = await readDigits(), held = digits.slice(0, 599), dir = join(cwd, "data", "digits");
    for (const { id, png } of held) await writeImage(join(dir, "test", `${id}.png`), png);
    for (const { id, label, png } of digits.slice(599)) {
      await writeImage(join(dir, "train", label, `${id}.png`), png);
    }
    const { answers } = await play(cwd, "digits");
    assertEquals(answers.size, 599);
    const accuracy = share(held, ({ id, label }) => answers.get(`${id}.png`)![0] === label);
    assert(accuracy >= 0.98, `accuracy ${accuracy}`);
  }));

Deno.test("init's first net reads 98 % of the held-out handwritten digits, with a probability for each class", () =>
  inFolder(async (cwd) => {
    const digits = await readDigits(), held = digits.slice(0, 599), train = digits.slice(599);
    const dir = join(cwd, "data", "digits"), classes = [..."0123456789"];
    for (const { id, png } of held) await writeImage(join(dir, "test", `${id}.png`), png);
    for (const { id, png } of train) await writeImage(join(dir, "train", `${id}.png`), png);
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
