import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { tensorflowUnavailable } from "../../core/tensorflow/backend.ts";
import { needing } from "../_needing.ts";
import type { Held } from "./_long_training.ts";
import { rounds } from "./_rounds.ts";

const SCRIPT = fromFileUrl(new URL("./_long_training.ts", import.meta.url));
/**
 * How much more a process may hold in the last third of a training than in the middle third, in bytes: the history of
 * epochs grows, and the threads of loaders keep garbage of their own. In the long form 3 MB are 450 bytes a step.
 */
const GROWTH = { resident: 30e6, heap: 3e6 } as const;

async function train(backend: string, steps: number): Promise<Held[]> {
  const folder = await Deno.makeTempDir();
  const args = [
    "run",
    "--no-check",
    "--allow-all",
    "--v8-flags=--expose-gc",
    SCRIPT,
    folder,
    backend,
    String(steps),
  ];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  await Deno.remove(folder, { recursive: true });
  return JSON.parse(new TextDecoder().decode(stdout));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

for (const [backend, missing] of [["wasm", null], ["tensorflow", await tensorflowUnavailable()]] as const) {
  Deno.test({
    ...needing(`a long training on ${backend} holds no more at its end than in its middle`, missing),
    fn: async () => {
      const steps = rounds(300, 20_000), held = await train(backend, steps);
      assert(held.length >= 15 && held.at(-1)!.step > 0.95 * steps, `${held.length} readings`);
      const third = Math.floor(held.length / 3);
      const middle = held.slice(third, 2 * third), last = held.slice(-third);
      const most = (part: readonly Held[], key: "files" | "tensors") =>
        Math.max(...part.map((at) => at[key]));
      assertEquals(most(last, "tensors"), most(middle, "tensors"));
      assert(most(last, "files") <= most(middle, "files"), `${most(last, "files")} files are open`);
      for (const key of ["resident", "heap"] as const) {
        const grown = median(last.map((at) => at[key])) - median(middle.map((at) => at[key]));
        assert(grown < GROWTH[key], `${key}: ${grown} bytes more in the last third than in the middle one`);
      }
    },
  });
}
