import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { listFiles } from "../../core/base/files.ts";
import { newCompetition, succeed, wholeFiles } from "./_competition.ts";
import { rounds } from "./_rounds.ts";
import { runTaskProcess } from "./_started_task.ts";

const SEARCH = ["small.yml", "--set", "search.trials=2", "--set", "search.seeds=0"];

/** Where nobody listens, and no terminal is there. */
const DEAF = {
  "a pipe whose reader has ended": '{ "$@"; echo $? >code; } | true; exit $(cat code)',
  "pipes for words and errors whose readers have ended":
    '{ "$@" 2>&1; echo $? >code; } | true; exit $(cat code)',
  "closed input and outputs": 'exec "$@" <&- >&- 2>&-',
  "a session without a terminal": 'exec setsid "$@"',
} as const;

/** Command lines of tasks, for a process that may open few files. */
const MANY_FILES: readonly [task: string, ...flags: string[]][] = [
  ["find_duplicate_images"],
  ["find_data_leak"],
  ["stratified_split"],
  ["cache_images", "small.yml"],
  ["preview_augmentations", "small.yml"],
  ["find_lr", "small.yml", "--steps=10"],
  ["train", "small.yml", "--set", "transform.num_preprocessor=8"],
  ["inference", "small.yml"],
  ["swa", "small.yml"],
  ["export_weights", "small.yml"],
  ["search", ...SEARCH, "--set", "train.dir=results/search"],
];

/** Limits of open files; 64 first. */
const LIMITS = [64, 80, 56, 48, 40];

describe("tasks in poor surroundings", () => {
  let cwd = "";
  beforeAll(async () => {
    cwd = await newCompetition();
    await succeed(cwd, "train", "small.yml");
  });
  afterAll(() => Deno.remove(cwd, { recursive: true }));

  it("a task that nobody listens to writes its files all the same", async (t) => {
    const data = join(cwd, "data"), expected = await wholeFiles(data);
    for (const [what, around] of Object.entries(DEAF)) {
      await t.step({
        name: what,
        ignore: Deno.build.os !== "linux" && around.includes("setsid"),
        fn: async () => {
          for (const name of await listFiles(data)) {
            if (/^duplicates/.test(name)) await Deno.remove(join(data, name));
          }
          const end = await runTaskProcess({ cwd, name: "find_duplicate_images", flags: [], around });
          assertEquals(end.code, 0, end.stderr);
          assert(!/broken pipe|EPIPE|error/i.test(end.stderr), end.stderr);
          assertEquals(await wholeFiles(data), expected);
          const flags = ["small.yml", "--fresh"];
          assertEquals((await runTaskProcess({ cwd, name: "train", flags, around })).code, 0);
          const history = await Deno.readTextFile(join(cwd, "results/small/history.jsonl"));
          assertEquals(history.trim().split("\n").length, 2);
        },
      });
    }
  });

  it("with few open files a task works, or says so in a sentence", async () => {
    let refused = 0;
    for (const limit of LIMITS.slice(0, rounds(1, LIMITS.length))) {
      for (const [name, ...flags] of MANY_FILES) {
        const around = `ulimit -n ${limit}; exec "$@"`;
        const { code, stderr } = await runTaskProcess({ cwd, name, flags, around });
        const which = `${name} with ${limit} open files: ${stderr}`;
        if (code === 0) continue;
        refused++;
        assertEquals(code, 1, which);
        assertMatch(stderr, /^error: .*too many files are open$/m, which);
        assert(!/panicked|report it|--debug/.test(stderr), which);
        await succeed(cwd, name, ...flags);
      }
    }
    assert(refused > 0, "eight workers need more than 64 files");
  });
});
