import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { inFolder } from "../_in_folder.ts";
import { findTorch, startContestant } from "./contestant.ts";
import { contestantName, modesOf } from "./modes.ts";
import { ratioToTorch } from "./networks.ts";
import { comparePrecisions } from "./precision.ts";
import type { Result } from "./race.ts";
import type { Mode, Workload } from "./workload.ts";

const WORK: Workload = {
  kind: "inference",
  model: "tiny",
  size: 32,
  batch: 1,
  channels: 4,
  classes: 2,
  threads: 1,
  backend: "torch",
};

/** A Python in a folder that has the PyTorch 9.9, and as a contestant prints a line. */
async function fakePython(folder: string, says: object): Promise<string> {
  const path = join(folder, "python");
  const script = `#!/bin/sh
if [ "$1" = -c ]; then echo 9.9; else echo '${JSON.stringify(says)}'; fi
`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

function result(
  backend: string,
  milliseconds: number,
  more: Mode & { readonly threads?: number } = {},
): Result {
  const time = { median: milliseconds, minimum: milliseconds };
  const workload = { ...WORK, ...more, backend };
  return { workload, line: "", flops: 0, timings: { step: time }, cpu: time, launches: null, peakBytes: 0 };
}

Deno.test("float32 is compared with torch's best in float32, bfloat16 with its best of all, on as many threads", () => {
  const own = result("tensorflow", 90), half = result("tensorflow", 60, { precision: "bfloat16" });
  const results = [
    own,
    half,
    result("torch", 110),
    result("torch", 100, { channelsLast: true }),
    result("torch", 50, { channelsLast: true, precision: "bfloat16" }),
    result("torch", 10, { threads: 2 }),
  ];
  const measure = ({ cpu }: Result) => cpu.minimum;
  assertEquals(ratioToTorch(own, { results, measure }), "0.90");
  assertEquals(ratioToTorch(half, { results, measure }), "1.20");
  assertEquals(ratioToTorch(result("wasm", 1, { threads: 4 }), { results, measure }), "");
});

Deno.test("torch runs in three modes, each also compiled unless that is off", () => {
  const names = (compile: boolean) =>
    modesOf("torch", { kind: "train", compile }).map((mode) => contestantName({ backend: "torch", ...mode }));
  assertEquals(names(false), ["torch", "torch, channels_last", "torch, bfloat16, channels_last"]);
  assertEquals(names(true), names(false).flatMap((name) => [name, `${name}, compiled`]));
});

Deno.test("the named Python is the peer, and one without torch is refused", () =>
  inFolder(async (folder) => {
    const python = await fakePython(folder, {});
    assertEquals(await findTorch(python), { python, version: "9.9" });
    const error = await assertRejects(() => findTorch(join(folder, "absent")), Error);
    assertStringIncludes(error.message, "--python");
    assertStringIncludes(error.message, join(folder, "absent"));
  }));

Deno.test("a torch that cannot compile is left out with its reason", () =>
  inFolder(async (folder) => {
    const torch = { python: await fakePython(folder, { absent: "no compiler" }), version: "9.9" };
    const compiled = { ...WORK, compiled: true };
    assertEquals(await startContestant(compiled, torch), { absent: "no compiler" });
    const { absent } = await startContestant(compiled, null) as { absent: string };
    assertStringIncludes(absent, "--python");
  }));

Deno.test("a backend without bfloat16 is left out with its reason", async () => {
  const workload: Workload = { ...WORK, backend: "wasm", precision: "bfloat16" };
  assertEquals(await startContestant(workload, null), { absent: "it computes in float32 here" });
});

Deno.test("precisions are compared by the mean of pairs, beside the sample deviation of float32's seeds", () => {
  const { difference, spread } = comparePrecisions({ float32: [1, 3], bfloat16: [2, 3] });
  assertEquals([difference, spread], [0.5, Math.SQRT2]);
});
