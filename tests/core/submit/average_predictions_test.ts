import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { averagePredictions } from "../../../core/submit/average_predictions.ts";
import {
  type Predictions,
  readPredictions,
  writePredictions,
} from "../../../core/predictions/predictions.ts";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";

function predictions(path: string, ids: readonly string[], change: Partial<Predictions> = {}): Predictions {
  const random = new Random(1, path);
  const probabilities = Float64Array.from({ length: 2 * ids.length }, () => Math.fround(random.next()));
  const labels = Uint8Array.from(ids.flatMap((id) => [Number(id < "b"), 1]));
  return { path, ids, classes: 2, labels, probabilities, ...change };
}

async function withFile(text: string, run: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const path = join(dir, "p.csv");
    if (text !== "") await Deno.writeTextFile(path, text);
    await run(path);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("a prediction file keeps every float32 and is sorted by Id", () =>
  withFile("", async (path) => {
    const written = predictions("x", ["c", "=a", "b"]);
    await writePredictions(path, written);
    const read = await readPredictions(path, { classes: 2 });
    assertEquals(read.ids, ["=a", "b", "c"]);
    const at = read.ids.map((id) => written.ids.indexOf(id));
    assertEquals(
      [...read.probabilities],
      at.flatMap((row) => [...written.probabilities.slice(2 * row, 2 * row + 2)]),
    );
    assertEquals([...read.labels!], at.flatMap((row) => [...written.labels!.slice(2 * row, 2 * row + 2)]));
    await writePredictions(path, { ...written, labels: null });
    assertEquals((await readPredictions(path, { classes: 2 })).labels, null);
  }));

Deno.test("a prediction file that cannot be used is refused by name", async (t) => {
  const refuse = (title: string, text: string, part: string) =>
    t.step(title, () =>
      withFile(text, async (path) => {
        const problem = await assertRejects(() => readPredictions(path, { classes: 2 }), Problem, part);
        assertEquals([problem.exitCode, problem.message.includes(path)], [3, true]);
      }));
  await refuse("no Id", "L00,L01,P00,P01\n0,1,0.5,0.5\n", 'no column "Id"');
  await refuse("Id twice", "Id,P00,P01\na,0.5,0.5\na,0.5,0.5\n", '"a" is there twice');
  await refuse("other classes", "Id,P00,P01,P02\na,0.5,0.5,0\n", "it has 3 classes, the layout has 2");
  await refuse("labels of other classes", "Id,L00,P00,P01\na,1,0.5,0.5\n", "labels of 1 classes");
  await refuse("no number", "Id,P00,P01\na,0.5,nan\n", '"nan" in column P01, Id "a"');
  await refuse("empty cell", "Id,P00,P01\na,,0.1\n", '"" in column P00');
  await refuse("beyond 1", "Id,P00,P01\na,0.5,1.5\n", '"1.5"');
  await refuse("label of a half", "Id,L00,L01,P00,P01\na,0.5,1,0.5,0.5\n", "no 0 or 1");
});

Deno.test("a prediction file of values or soft labels keeps its numbers, within what the target allows", async (t) => {
  const written = {
    ...predictions("x", ["a", "b"]),
    labels: Float32Array.of(-3.5, 100, 0.25, 1e6),
    probabilities: Float64Array.of(-3, 101.5, 0.125, 2e6),
  };
  await withFile("", async (path) => {
    await writePredictions(path, written);
    const { labels, probabilities } = await readPredictions(path, { classes: 2, target: "value" });
    assertEquals([labels, probabilities], [written.labels, written.probabilities]);
    for (const target of ["class", "probabilities"] as const) {
      await assertRejects(() => readPredictions(path, { classes: 2, target }), Problem, "is no");
    }
  });
  const soft = "Id,L00,L01,P00,P01\na,0.25,0.75,0.5,0.5\n";
  await t.step("soft labels", () =>
    withFile(soft, async (path) => {
      const { labels } = await readPredictions(path, { classes: 2, target: "probabilities" });
      assertEquals(labels, Float32Array.of(0.25, 0.75));
    }));
  await t.step("no finite number", () =>
    withFile("Id,P00\na,Infinity\n", async (path) => {
      const reading = () => readPredictions(path, { classes: 1, target: "value" });
      await assertRejects(reading, Problem, "is no finite number");
    }));
});

const PROVENANCE = {
  config: "c",
  checkpoint: "best_0003.safetensors",
  split: "val",
  views: { orientations: 4 },
  podium: "0.1.0",
  split_file: null,
};

Deno.test("a prediction file is checked by the file beside it, which says what it was made of", () =>
  withFile("", async (path) => {
    const beside = `${path}.json`, reading = () => readPredictions(path, { classes: 2 });
    const refuse = async (part: string) => {
      const problem = await assertRejects(reading, Problem, part);
      assertEquals([problem.exitCode, problem.message.includes(path)], [3, true]);
      assertEquals(problem.next!.includes("p.csv.json"), true);
    };
    await writePredictions(path, predictions("x", ["a", "b"]), { provenance: PROVENANCE });
    const [text, about] = [await Deno.readTextFile(path), await Deno.readTextFile(beside)];
    const { sha256, ...others } = JSON.parse(about);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    assertEquals([sha256, others], [new Uint8Array(digest).toHex(), PROVENANCE]);
    assertEquals((await reading()).ids, ["a", "b"]);
    for (let at = 0; at < text.length; at++) {
      const bytes = new TextEncoder().encode(text);
      bytes[at]! ^= 1;
      await Deno.writeFile(path, bytes);
      await refuse("it does not fit");
    }
    await Deno.writeTextFile(path, text);
    await Deno.writeTextFile(beside, about.replace("sha256", "sha255"));
    await refuse("is damaged");
    await Deno.remove(beside);
    assertEquals((await reading()).ids, ["a", "b"]);
    await writePredictions(path, predictions("x", ["a", "b"]), { provenance: PROVENANCE });
    await writePredictions(path, predictions("x", ["c"]));
    assertEquals((await reading()).ids, ["c"]);
  }));

Deno.test("an ensemble is joined by Id, weighted, and keeps the labels", () => {
  const a = predictions("a.csv", ["x", "a"]);
  const reversed = predictions("b.csv", ["a", "x"]);
  const mean = averagePredictions([a, reversed], [0.2, 0.6]);
  assertEquals([mean.ids, [...mean.labels!]], [a.ids, [...a.labels!]]);
  for (const [row, other] of [[0, 1], [1, 0]] as const) {
    for (const c of [0, 1]) {
      const wanted = 0.25 * a.probabilities[2 * row + c]! + 0.75 * reversed.probabilities[2 * other + c]!;
      assertEquals(Math.abs(mean.probabilities[2 * row + c]! - wanted) < 1e-12, true);
    }
  }
});

Deno.test("an ensemble names missing, extra and contradicting Ids", () => {
  const a = predictions("a.csv", ["a", "b", "c"]);
  const join = (other: Predictions) => () => averagePredictions([a, other], [1, 1]);
  assertThrows(join(predictions("b.csv", ["a", "b"])), Problem, '"b.csv": it lacks 1 Ids of "a.csv": "c"');
  assertThrows(
    join(predictions("b.csv", ["a", "b", "c", "d"])),
    Problem,
    'it has 1 Ids that "a.csv" lacks: "d"',
  );
  const labels = a.labels!.map((label, index) => index === 2 ? 1 - label : label);
  assertThrows(join(predictions("b.csv", a.ids, { labels })), Problem, 'other labels to "b"');
  assertThrows(join(predictions("b.csv", a.ids, { labels: null })), Problem, "only one of them has labels");
});
