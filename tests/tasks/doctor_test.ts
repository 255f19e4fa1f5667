import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TRIED_DENO } from "../../core/base/version.ts";
import type { Examination } from "../../core/doctor/examine.ts";
import { inFolder } from "../_in_folder.ts";
import { ROOT, taskArguments, type TaskEnd } from "./_task_process.ts";

/** Runs the doctor in a folder as `deno task` does; what is set in the environment comes on top. */
async function doctor(
  cwd: string,
  { flags = [], env = {} }: { readonly flags?: readonly string[]; readonly env?: Record<string, string> },
): Promise<TaskEnd> {
  const args = await taskArguments("doctor", flags);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd, env }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("the doctor names every backend, what the machine has, and for what is bad what to do", async () => {
  const { code, stdout, stderr } = await doctor(ROOT, { flags: ["--json"] });
  assertEquals(code, 0, stderr);
  const { findings, automatic }: Examination = JSON.parse(stdout);
  const found = new Map(findings.map((finding) => [finding.subject, finding]));
  for (const backend of ["tensorflow", "webgpu", "wasm", "cpu"]) assert(found.has(backend), backend);
  const taken = findings.filter(({ text }) => text.endsWith("`backend: auto` takes it"));
  assertEquals(taken.map(({ subject }) => subject), [automatic]);
  assertEquals(findings.filter(({ state, next }) => state === "bad" && !next), []);
  assertEquals([found.get("wasm")!.state, found.get("permissions")!.state], ["good", "good"]);
  assertMatch(found.get("folders")!.text, /^data\/.* can be written to$/);
  assertMatch(found.get("processor")!.text, /^.+, \d+ cores?\b.*; .*bfloat16/);
  assertMatch(found.get("memory")!.text, /^\d+\.\d of \d+\.\d GB free$/);
  assertMatch(found.get("disk")!.text, /^\d+\.\d GB free/);
});

Deno.test("the doctor ends with 1 where auto has no backend, says why, and keeps libraries quiet", () =>
  inFolder(async (folder) => {
    const env = { TENSORFLOW_LIBRARY: join(folder, "none") };
    const { code, stdout, stderr } = await doctor(folder, { env });
    assertEquals([code, stderr], [1, ""]);
    assertMatch(
      stdout,
      /^tensorflow +BAD +Cannot start the backend "tensorflow": no TensorFlow library in TENSORFLOW_LIBRARY/m,
    );
    assertMatch(stdout, /^ +-> .*unset TENSORFLOW_LIBRARY/m);
    assertMatch(stdout, /^wasm +ok /m);
  }));

Deno.test("the doctor finds a folder that cannot be written to", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "data"), "a file");
    const { code, stdout } = await doctor(folder, {});
    assertEquals(code, 0);
    const [, line, next] = /^folders +BAD +(.*)\n +-> (.*)$/m.exec(stdout) ?? [];
    assertStringIncludes(line!, 'Cannot write to the folder "data/"');
    assert(next!.length > 0);
  }));

Deno.test("the version that the doctor asks for is the README's", async () => {
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  assertEquals(new Set(readme.match(/deno@[\d.]+\d/g)), new Set([`deno@${TRIED_DENO}`]));
});
