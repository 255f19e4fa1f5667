import { assert, assertEquals } from "@std/assert";
import { Random } from "../../core/base/random.ts";
import { testSeed } from "../_seed.ts";
import { taskArguments } from "../tasks/_task_process.ts";
import {
  assertSameOutputs,
  copyFolder,
  drawCompetition,
  finishStep,
  outputsOf,
  pathsBelow,
  type Step,
  STEPS,
  STRAY,
} from "./_chain.ts";
import { rounds } from "./_rounds.ts";

/** Starts a step and kills it after some milliseconds. Whether it was still running then. */
async function killStep(project: string, step: Step, milliseconds: number): Promise<boolean> {
  const args = await taskArguments(step.task, step.flags);
  const child = new Deno.Command(Deno.execPath(), { args, cwd: project, stdout: "null", stderr: "null" })
    .spawn();
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch { /* It has just ended by itself. */ }
  }, milliseconds);
  const { signal } = await child.status;
  clearTimeout(timer);
  return signal === "SIGKILL";
}

/** Kills a step so many times at moments of its own running time, then runs it to its end. */
async function killedStep(
  project: string,
  step: Step,
  { kills, duration, random }: { readonly kills: number; readonly duration: number; readonly random: Random },
): Promise<void> {
  for (let killed = 0; killed < kills;) {
    // What goes on from a resume point may end before its moment: it is then run once more.
    if (await killStep(project, step, random.uniform(0, duration))) killed++;
  }
  await finishStep(project, step);
}

/** Runs a step undisturbed. Its duration in milliseconds. */
async function timedStep(project: string, step: Step): Promise<number> {
  const start = performance.now();
  await finishStep(project, step);
  return performance.now() - start;
}

Deno.test("every task of the chain, killed at random moments and run again, makes the bytes of an undisturbed run", async () => {
  const random = new Random(testSeed("moments of kills"), "kills");
  const total = rounds(4, 50);
  const victims = Array.from({ length: total }, () => STEPS[random.integer(0, STEPS.length - 1)]!);
  const [straight, killed] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    await drawCompetition(straight);
    await copyFolder(straight, killed);
    for (const step of STEPS) {
      const duration = await timedStep(straight, step);
      const kills = victims.filter((victim) => victim === step).length;
      await killedStep(killed, step, { kills, duration, random });
      const when = `${step.task} after ${kills} kills`;
      assertEquals((await pathsBelow(killed)).filter((path) => STRAY.test(path)), [], when);
      assertSameOutputs(await outputsOf(killed), await outputsOf(straight), when);
    }
    assert((await pathsBelow(killed)).some((path) => path.endsWith("submission.csv")));
  } finally {
    for (const project of [straight, killed]) await Deno.remove(project, { recursive: true });
  }
});
