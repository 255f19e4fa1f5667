import { assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { makeSubmission } from "../../../core/submit/make_submission.ts";
import {
  loadSubmissionConfig,
  type SubmissionConfig,
  submissionSchema,
} from "../../../core/submit/submission_config.ts";
import { Problem } from "../../../core/base/problem.ts";

/** Twelve labelled pictures, two classes of 28: class 0 scores high where it is right, class 3 low but apart. */
function validation(shift: number): string {
  const names = (letter: string) => Array.from({ length: 28 }, (_, c) => letter + String(c).padStart(2, "0"));
  const rows = Array.from({ length: 12 }, (_, row) => {
    const labels = names("L").map((_, c) => c === 0 ? Number(row < 6) : c === 3 ? Number(row % 4 === 0) : 0);
    const scores = labels.map((label, c) => (c === 3 ? 0.1 : 0.6) * (label ? 1 : 0.2) + shift + row / 1000);
    return [`v${String(row).padStart(2, "0")}`, ...labels, ...scores].join(",");
  });
  return [["Id", ...names("L"), ...names("P")].join(","), ...rows, ""].join("\n");
}

/** Test rows with the scores of classes 0 and 3; the others score nothing. */
function testFile(scores: Readonly<Record<string, readonly [number, number]>>): string {
  const header = ["Id", ...Array.from({ length: 28 }, (_, c) => `P${String(c).padStart(2, "0")}`)];
  const rows = Object.entries(scores).map(([id, [zero, three]]) =>
    [id, ...Array.from({ length: 28 }, (_, c) => c === 0 ? zero : c === 3 ? three : 0)].join(",")
  );
  return [header.join(","), ...rows, ""].join("\n");
}

const FILES: Readonly<Record<string, string>> = {
  "data/rgby/train/a.png": "",
  "data/train.csv": "Id,Target\na,0\n",
  "data/sample_submission.csv": "Id,Predicted\nt2,0\nt1,0\nt3,0\n",
  "data/leak.csv": "Id,Target\nt1,5\nt3,0\n",
  "data/leak2.csv": "Id,Target\nt1,7 2\n",
  "a.val.csv": validation(0),
  "b.val.csv": validation(0.01),
  "a.test.csv": testFile({ t1: [0.7, 0.01], t2: [0.01, 0.02], t3: [0.65, 0.2] }),
  "b.test.csv": testFile({ t3: [0.65, 0.2], t2: [0.01, 0.02], t1: [0.7, 0.01] }),
};

async function withFiles(
  change: Readonly<Record<string, string>>,
  run: (config: (change?: Partial<SubmissionConfig>) => SubmissionConfig, dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  const at = (name: string) => join(dir, name);
  try {
    for (const [name, text] of Object.entries({ ...FILES, ...change })) {
      await Deno.mkdir(dirname(at(name)), { recursive: true });
      await Deno.writeTextFile(at(name), text);
    }
    const base = submissionSchema.parse({
      data: { dir: at("data") },
      test_val: [at("a.val.csv"), at("b.val.csv")],
      test: [at("a.test.csv"), at("b.test.csv")],
      leaks: [at("data/leak.csv"), at("data/leak2.csv")],
      output: at("out/submission.csv"),
    });
    await run((more = {}) => ({ ...base, ...more }), dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("a submission holds the sample's Ids in its order, and known labels in the second file", () =>
  withFiles({}, async (config) => {
    const report = await makeSubmission(config());
    const [plain, filled] = await Promise.all(report.paths.map((path) => Deno.readTextFile(path)));
    assertEquals(plain, "Id,Predicted\nt2,3\nt1,0\nt3,0 3\n");
    assertEquals(filled, "Id,Predicted\nt2,3\nt1,2 7\nt3,0\n");
    assertEquals([report.empty, report.f1!.macroOccurring], [1, 1]);
    assertEquals(report.leaks, { known: 2, changed: ["t1", "t3"], conflicting: ["t1"] });
    await makeSubmission(config({ empty: "blank" }));
    assertEquals((await Deno.readTextFile(report.paths[0]!)).split("\n")[1], "t2,");
  }));

Deno.test("without leak files there is one submission, and no second one of an earlier run beside it", () =>
  withFiles({}, async (config) => {
    const [, second] = (await makeSubmission(config())).paths;
    const report = await makeSubmission(config({ leaks: [] }));
    assertEquals(report.paths, [config().output]);
    await assertRejects(() => Deno.stat(second!), Deno.errors.NotFound);
    assertEquals(report.leaks, { known: 0, changed: [], conflicting: [] });
  }));

Deno.test("a submission from files that do not fit is refused before anything is written", async (t) => {
  const refuse = (title: string, change: Record<string, string>, part: string) =>
    t.step(title, () =>
      withFiles(change, async (config, dir) => {
        const problem = await assertRejects(() => makeSubmission(config()), Problem, part);
        assertEquals(problem.exitCode, 3);
        await assertRejects(() => Deno.stat(join(dir, "out")), Deno.errors.NotFound);
      }));
  const both = (text: string) => ({ "a.test.csv": text, "b.test.csv": text });
  await refuse("missing Id", both(testFile({ t1: [0, 0], t2: [0, 0] })), 'lacks 1 of 3 test Ids: "t3"');
  const extra = both(testFile({ t1: [0, 0], t2: [0, 0], t3: [0, 0], t4: [0, 0] }));
  await refuse("unknown Id", extra, 'has 1 Ids that the sample submission lacks: "t4"');
  await refuse("one file lacks an Id", { "b.test.csv": testFile({ t1: [0, 0], t2: [0, 0] }) }, '"t3"');
  const twice = FILES["a.test.csv"]! + FILES["a.test.csv"]!.split("\n")[1] + "\n";
  await refuse("Id twice", { "a.test.csv": twice }, '"t1" is there twice');
  await refuse(
    "no labels",
    { "a.val.csv": FILES["a.test.csv"]!, "b.val.csv": FILES["a.test.csv"]! },
    "has no labels",
  );
  await refuse("leak of no test image", { "data/leak.csv": "Id,Target\nq,1\n" }, '"q" is no test image');
  await refuse("leak of an unknown class", { "data/leak.csv": "Id,Target\nt1,28\n" }, '"28" is not a class');
  await refuse("missing prediction file", { "a.val.csv": "" }, "the file is empty");
});

Deno.test("single-label data submits the most probable class", () =>
  withFiles({}, async (config, dir) => {
    const face = join(dir, "faces");
    const write = async (name: string, text: string) => {
      await Deno.mkdir(dirname(join(face, name)), { recursive: true });
      await Deno.writeTextFile(join(face, name), text);
      return join(face, name);
    };
    await write("train/images/p/mask1.jpg", "");
    await write("eval/info.csv", "ImageID,ans\nq.jpg,0\n");
    const names = (letter: string) =>
      Array.from({ length: 18 }, (_, c) => letter + String(c).padStart(2, "0"));
    const numbers = (value: (c: number) => number) => names("P").map((_, c) => value(c)).join(",");
    const test = await write(
      "test.csv",
      `Id,${names("P")}\nq.jpg,${numbers((c) => c === 17 ? 0.2 : 0.04)}\n`,
    );
    const labels = [0, 1].map((row) =>
      `v${row},${numbers((c) => Number(c === 4))},${numbers((c) => c === 4 * row ? 0.9 : 0)}`
    );
    const val = await write("val.csv", `Id,${names("L")},${names("P")}\n${labels.join("\n")}\n`);
    const data = { ...config().data, dir: face };
    const report = await makeSubmission(config({ data, test_val: [val], test: [test], leaks: [] }));
    assertEquals(await Deno.readTextFile(report.paths[0]!), "ImageID,ans\nq.jpg,17\n");
    assertEquals([report.accuracy, report.chosen, report.f1!.chance], [0.5, null, 1]);
  }));

Deno.test("configs/submission.yml is upstream's ensemble", async () => {
  const root = join(import.meta.dirname!, "..", "..", "..");
  const config = await loadSubmissionConfig(join(root, "configs", "submission.yml"));
  assertEquals([config.test_val.length, config.test.length], [7, 7]);
  assertEquals(config.weights, [0.2, 0.2, 0.2, 0.2, 0.2, 1, 1]);
  assertEquals(config.leaks.map((path) => path.split("/").at(-1)), [
    "leak.csv",
    "data_leak.ahash.csv",
    "data_leak.phash.csv",
  ]);
});

Deno.test("a submission config tells every mistake at once", () =>
  withFiles(
    {
      "s.yml": "test_val: [a, b]\ntest: [a]\nweights: [1]\n",
      "t.yml": "test_val: [a]\ntests: [a]\nthreshold: {rule: blnd}\n",
    },
    async (_config, dir) => {
      const lengths = await assertRejects(
        () => loadSubmissionConfig(join(dir, "s.yml")),
        Problem,
        "test: 1 files",
      );
      assertEquals([lengths.exitCode, lengths.message.includes("weights: 1 numbers")], [2, true]);
      const keys = await assertRejects(() => loadSubmissionConfig(join(dir, "t.yml")), Problem, "tests");
      assertEquals(keys.message.includes("threshold.rule"), true);
      await assertRejects(() => loadSubmissionConfig(join(dir, "none.yml")), Problem, "no such file");
    },
  ));
