/**
 * Loaded before a program by `deno run --preload`, see {@link heldProcess}: once the program has saved a file so often,
 * its rename does not return until an interrupt. What was saved is there, and the program cannot come to its end before
 * a test kills it, however slow the machine is.
 */
import { resolve } from "@std/path";

const { file, times } = JSON.parse(Deno.env.get("PODIUM_TEST_HOLD")!) as { file: string; times: number };
const rename = Deno.rename;
const interrupt = Promise.withResolvers<void>();
let saves = 0;

Deno.addSignalListener("SIGINT", () => interrupt.resolve());

Deno.rename = async (from, to) => {
  await rename(from, to);
  if (resolve(String(to)) !== file || ++saves < times) return;
  const alive = setInterval(() => {}, 60_000);
  await interrupt.promise;
  clearInterval(alive);
};
