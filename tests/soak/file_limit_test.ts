import { assert, assertEquals, assertMatch } from "@std/assert";
import { Random } from "../../core/base/random.ts";
import { needing } from "../_needing.ts";
import { testSeed } from "../_seed.ts";
import { taskArguments } from "../tasks/_task_process.ts";
import {
  assertSameOutputs,
  copyFolder,
  drawCompetition,
  finishStep,
  outputsOf,
  type Step,
  STEPS,
} from "./_chain.ts";
import { rounds } from "./_rounds.ts";
import { assertAllWhole } from "./_whole_files.ts";

/** Bytes of a block of `ulimit -f`. */
const BLOCK = 512;
/** The steps up to the first that writes checkpoints. */
const FIRST = STEPS.slice(0, STEPS.findIndex(({ task }) => task === "search") + 1);

/** Runs a step that may write no file of more blocks: the write that would is refused, as by a disk that gets full. */
async function runLimited(
  project: string,
  { task, flags }: Step,
  blocks: number,
): Promise<{ code: number; stderr: string }> {
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
  const args = ["-c", script, "sh", Deno.execPath(), ...await taskArguments(task, flags)];
  const { code, stderr } = await new Deno.Command("sh", { args, cwd: project }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/** The size of the largest file that a step has made. */
function largestNew(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  return Math.max(...[...after].map(([path, content]) => before.has(path) ? 0 : content.length));
}

/** Runs a step under a limit in a project as it was before, then without. */
async function tryLimit(project: string, step: Step, { blocks, expected }: {
  readonly blocks: number;
  readonly expected: ReadonlyMap<string, string>;
}): Promise<void> {
  const before = await outputsOf(project), when = `${step.task} with ${blocks} blocks`;
  const { code, stderr } = await runLimited(project, step, blocks);
  assertEquals(code, 1, `${when}: ${stderr}`);
  assertMatch(
    stderr,
    /^error: Cannot write "[^"]+": it would become larger than the system permits\nnext: Raise the limit/m,
  );
  await assertAllWhole(project, [before, expected]);
  await finishStep(project, step);
  assertSameOutputs(await outputsOf(project), expected, when);
}

const missing = Deno.build.os === "windows" ? "there is no ulimit" : null;

Deno.test({
  ...needing(
    "a file that becomes too large for the system is told, and the same command goes on without the limit",
    missing,
  ),
  fn: async () => {
    const random = new Random(testSeed("limits of file sizes"), "limits");
    const [project, before, limited] = [
      await Deno.makeTempDir(),
      await Deno.makeTempDir(),
      await Deno.makeTempDir(),
    ];
    try {
      await drawCompetition(project);
      for (const step of FIRST) {
        await copyFolder(project, before);
        await finishStep(project, step);
        const expected = await outputsOf(project);
        // SQLite tells all that keeps it from writing in words of its own.
        if (step.task.startsWith("find_")) continue;
        const most = Math.floor((largestNew(await outputsOf(before), expected) - 1) / BLOCK);
        assert(most > 0, step.task);
        for (let round = 0; round < rounds(1, 15); round++) {
          await Deno.remove(limited, { recursive: true });
          await Deno.mkdir(limited);
          await copyFolder(before, limited);
          await tryLimit(limited, step, { blocks: random.integer(1, most), expected });
        }
      }
    } finally {
      for (const folder of [project, before, limited]) await Deno.remove(folder, { recursive: true });
    }
  },
});
