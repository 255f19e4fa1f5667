import { dirname } from "@std/path";
import { pathExists } from "../base/files.ts";
import { configProblem } from "../base/problem.ts";

/** Throws a config problem when Deno's permissions do not allow writing to the run's folder. */
export async function checkWritable(dir: string): Promise<void> {
  const state = await Deno.permissions.query({ name: "write", path: dir });
  if (state.state === "granted") return;
  const parent = dirname(dir);
  throw configProblem(
    `Cannot write to train.dir "${dir}": this task may write below results/ only`,
    await pathExists(parent)
      ? `Set train.dir to a folder below results/`
      : `Set train.dir to ./results/<name>`,
  );
}
