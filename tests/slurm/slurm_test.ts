import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { inFolder } from "../_in_folder.ts";
import { needing } from "../_needing.ts";
import { BATCH_SCRIPT, eventually, missingForSlurm, Slurm } from "./_slurm.ts";

/**
 * Stands in for `deno task worker`: a unit of four steps that saves itself when it is asked to stop, exits with 130 then, and
 * goes on from there. It waits at its second step the first time, so that the test can ask in the middle.
 */
const WORKER = `#!/bin/bash
unit=results/$SLURM_ARRAY_TASK_ID
echo "$SLURM_RESTART_COUNT $*" >> $unit.calls
step=$(cat $unit.saved 2> /dev/null || echo 0)
trap 'echo $step > $unit.saved; exit 130' TERM
while [ $step -lt 4 ]; do
  if [ $step -eq 2 ] && [ ! -e $unit.saved ]; then touch $unit.waiting; sleep 600 & wait; fi
  step=$((step + 1))
  echo $step >> $unit.steps
done
[ $SLURM_ARRAY_TASK_ID -ne 1 ] || exit 2
`;

const missing = await missingForSlurm();

Deno.test({
  ...needing("a unit of a Slurm array that is asked to stop is put back and goes on where it was", missing),
  fn: () =>
    inFolder(async (folder) => {
      const project = join(folder, "project"), programs = join(folder, "programs");
      const results = join(project, "results"),
        read = (name: string) => Deno.readTextFile(join(results, name));
      for (const path of [results, programs, join(folder, "slurm")]) {
        await Deno.mkdir(path, { recursive: true });
      }
      await Deno.writeTextFile(join(programs, "deno"), WORKER, { mode: 0o755 });
      const slurm = await Slurm.start(join(folder, "slurm"));
      try {
        const flags = ["--array=0-1", "--cpus-per-task=1", "--mem=100M"];
        const job = await slurm.submit(BATCH_SCRIPT, { cwd: project, programs, flags });
        for (const unit of [0, 1]) {
          await eventually(() => read(`${unit}.waiting`));
          await slurm.interrupt(`${job}_${unit}`);
          await slurm.beginAgain(`${job}_${unit}`);
        }
        for (const [unit, state, code] of [[0, "COMPLETED", "0:0"], [1, "FAILED", "2:0"]] as const) {
          const of = (name: string) => slurm.field(`${job}_${unit}`, name);
          await eventually(async () => assertEquals(await of("JobState"), state));
          assertEquals(await of("ExitCode"), code);
          const flags = "task worker --plan=results/plan.jsonl --store=results/store --wait=600";
          assertEquals(await read(`${unit}.calls`), ` ${flags}\n1 ${flags}\n`);
          assertEquals([await read(`${unit}.saved`), await read(`${unit}.steps`)], ["2\n", "1\n2\n3\n4\n"]);
        }
      } finally {
        await slurm.stop();
      }
    }),
});
