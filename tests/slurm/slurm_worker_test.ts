import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { storeKeys } from "../../core/units/unit.ts";
import { inFolder } from "../_in_folder.ts";
import { needing } from "../_needing.ts";
import {
  contents,
  copyFolder,
  makePlannedCompetition,
  mustRun,
  planIn,
} from "../tasks/_planned_competition.ts";
import { taskArguments } from "../tasks/_task_process.ts";
import { BATCH_SCRIPT, eventually, missingForSlurm, Slurm } from "./_slurm.ts";

/** Files without times in them. */
const EXACT = /^(results\/net.*\/(epoch|best|swa)\S*\.safetensors|inferences\/.*\.csv(\.json)?)$/;
const PLAN = [
  "net.yml",
  "--swa=2",
  "--splits=test",
  "--inference_parts=2",
  "--set=train.num_epochs=25",
  "--set=transform.params={size: 24}",
  "--set=checkpoint.keep=3",
];

/** A program named deno that runs the worker as `deno task worker` does, from a folder that is not the project. */
async function writeProgram(folder: string): Promise<void> {
  const words = [Deno.execPath(), ...await taskArguments("worker", [])].map((word) => `'${word}'`).join(" ");
  await Deno.mkdir(folder, { recursive: true });
  // "task worker" stands before the flags.
  await Deno.writeTextFile(join(folder, "deno"), `#!/bin/bash\nexec ${words} "\${@:3}"\n`, { mode: 0o755 });
}

/** Runs a plan as an array, and asks the training in the middle to make room for others. */
async function runAsArray(slurm: Slurm, { cwd, programs }: { cwd: string; programs: string }): Promise<void> {
  const units = await planIn(cwd, ...PLAN), training = units.findIndex(({ kind }) => kind === "train");
  const flags = [
    `--array=0-${units.length - 1}`,
    "--cpus-per-task=1",
    "--mem=400M",
    "--export=ALL,PODIUM_WAIT=2",
  ];
  const job = await slurm.submit(BATCH_SCRIPT, { cwd, programs, flags }), task = `${job}_${training}`;
  const point = join(cwd, "results", "store", storeKeys.resume(units[training]!.id), "files.json");
  await eventually(() => Deno.stat(point));
  await slurm.interrupt(task);
  await slurm.beginAgain(task);
  await eventually(async () => {
    for (const number of units.keys()) {
      const state = await slurm.field(`${job}_${number}`, "JobState"),
        reason = await slurm.field(`${job}_${number}`, "Reason");
      // Made room for what it needs.
      if (state === "PENDING" && reason === "BeginTime") await slurm.beginAgain(`${job}_${number}`);
      assertEquals(state, "COMPLETED", `unit ${number}`);
    }
  });
  assertEquals(await slurm.field(task, "Restarts"), "1");
}

const missing = await missingForSlurm();

Deno.test({
  ...needing("a plan run as a Slurm array, put back in the middle, makes the bytes of one machine", missing),
  fn: () =>
    inFolder(async (folder) => {
      const [made, cwd, programs] = ["made", "cwd", "programs"].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      await Deno.mkdir(made);
      await makePlannedCompetition(made);
      await copyFolder(made, cwd);
      await Deno.mkdir(join(cwd, "results"), { recursive: true });
      await writeProgram(programs);
      await planIn(made, ...PLAN);
      await mustRun(made, "worker");
      await Deno.mkdir(join(folder, "slurm"));
      const slurm = await Slurm.start(join(folder, "slurm"));
      try {
        await runAsArray(slurm, { cwd, programs });
      } finally {
        await slurm.stop();
      }
      const expected = await contents(made, EXACT);
      assertEquals(await contents(cwd, EXACT), expected);
      assertEquals([...expected.keys()].some((path) => path.endsWith("test.csv")), true);
    }),
});
