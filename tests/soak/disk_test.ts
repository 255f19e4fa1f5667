import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { Random } from "../../core/base/random.ts";
import { needing } from "../_needing.ts";
import { testSeed } from "../_seed.ts";
import type { TaskEnd } from "../tasks/_task_process.ts";
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
import { mountProblem, pagesOf, runOnFullDisk, runOnReadOnlyDisk, type SmallDisk } from "./_small_disk.ts";
import { assertAllWhole } from "./_whole_files.ts";

const MISSING = await mountProblem();
/** Pages that steps take beside what they leave: files that are written before those they replace are removed. */
const BESIDE = 300;

function assertSaysFull({ code, stderr }: TaskEnd, when: string): void {
  assertEquals(code, 1, `${when}: ${stderr}`);
  assertMatch(
    stderr,
    /^error: Cannot [a-z ]+ "[^"]+": no space is left on the disk\nnext: Free some space/m,
    when,
  );
  assert(!/^\s+at |report it/m.test(stderr), stderr);
}

/** Runs a step on a full disk and on the freed one. Whether the disk was too small for it. */
async function tryFullDisk(disk: SmallDisk, free: number): Promise<boolean> {
  const { project, step, seed, ends } = disk;
  const when = `${step.task} with ${free} free pages`;
  const { full, freed } = await runOnFullDisk(disk, free);
  const expected = await outputsOf(join(project, step.writes));
  if (full.code !== 0) {
    assertSaysFull(full, when);
    await assertAllWhole(join(ends, "full"), [await outputsOf(seed), expected]);
  }
  assertEquals(freed.code, 0, `${when}: ${freed.stderr}`);
  assertSameOutputs(await outputsOf(join(ends, "freed")), expected, when);
  return full.code !== 0;
}

async function inFolders(body: (project: string, work: string) => Promise<void>): Promise<void> {
  const [project, work] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    await drawCompetition(project);
    await body(project, work);
  } finally {
    for (const folder of [project, work]) await Deno.remove(folder, { recursive: true });
  }
}

/** Keeps what a step finds in the folder it writes to, then runs it undisturbed. */
async function prepareDisk(project: string, work: string, step: Step): Promise<SmallDisk> {
  const [seed, ends, folder] = [join(work, "seed"), join(work, "ends"), join(project, step.writes)];
  for (const path of [seed, ends]) {
    await Deno.remove(path, { recursive: true }).catch(() => {});
    await Deno.mkdir(path);
  }
  await Deno.mkdir(folder, { recursive: true });
  await copyFolder(folder, seed);
  await finishStep(project, step);
  return { project, step, seed, ends };
}

async function emptyFolder(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true });
  await Deno.mkdir(folder);
}

/** Runs a step where it can write nothing. */
async function tryReadOnlyDisk(disk: SmallDisk): Promise<void> {
  const { code, stdout, stderr } = await runOnReadOnlyDisk(disk);
  const refused =
    /^error: Cannot write to [^"]+ "[^"]+": the disk is read-only\nnext: Choose a folder[^\n]*\n$/;
  assertMatch(stderr, refused, disk.step.task);
  assertEquals([code, stdout], [1, ""], disk.step.task);
}

Deno.test({
  ...needing(
    "each task tells a full disk and goes on once space is freed, and refuses a read-only one",
    MISSING,
  ),
  fn: () =>
    inFolders(async (project, work) => {
      const random = new Random(testSeed("full disks"), "disks");
      const victims = Array.from({ length: rounds(3, 60) }, () => random.integer(0, STEPS.length - 1));
      let full = 0;
      for (const [index, step] of STEPS.entries()) {
        const disk = await prepareDisk(project, work, step);
        await tryReadOnlyDisk(disk);
        const growth = await pagesOf(join(project, step.writes)) - await pagesOf(disk.seed);
        for (const _ of victims.filter((victim) => victim === index)) {
          // The first disk is too small for certain, later ones may be large enough.
          const most = full > 0 && random.next() < 0.3 ? growth + BESIDE : growth - 1;
          await emptyFolder(disk.ends);
          if (await tryFullDisk(disk, random.integer(0, most))) full++;
        }
      }
      assert(full > 0, "no disk was too small");
    }),
});
