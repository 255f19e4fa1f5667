import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { processorFeatures } from "../../../core/machine/processor.ts";
import { needing } from "../../_needing.ts";
import { permissionsOf } from "../../tasks/_task_process.ts";

const ROOT = join(import.meta.dirname!, "..", "..", "..");

/** What another process, with the permissions given, knows of the processor. */
async function asked(permissions: readonly string[]): Promise<Record<string, unknown>> {
  const module = join(ROOT, "core", "machine", "processor.ts");
  const code = `import { processorFeatures } from "file://${module}";` +
    `console.log(JSON.stringify(processorFeatures(), (_, value) => value instanceof Set ? [...value] : value));`;
  const args = ["run", "--no-check", "--config", join(ROOT, "deno.json"), ...permissions, "-"];
  const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  return JSON.parse(new TextDecoder().decode((await process.output()).stdout));
}

/** What the kernel says; a process with few permissions may not read it, so another program does. */
async function kernelFlags(): Promise<Set<string>> {
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/cpuinfo"] }).output();
  return new Set(/^flags\s*: (.*)$/m.exec(new TextDecoder().decode(stdout))?.[1]?.split(" "));
}

/** Why the features cannot be compared with the kernel's. */
const missing = Deno.build.os === "linux" && Deno.build.arch === "x86_64" ? null : "not Linux on x86_64";

Deno.test({
  ...needing("the processor has the features that the kernel names", missing),
  fn: async () => {
    const { features, bfloat16 } = processorFeatures();
    const flags = await kernelFlags();
    const known = /^(fma|f16c|avx(2|512f|512bw|_vnni|512_bf16)?|amx_.*)$/;
    assertEquals([...flags].filter((flag) => known.test(flag) && !features.has(flag)), []);
    assertEquals([...features].filter((feature) => !flags.has(feature)), []);
    const vector = flags.has("avx512_bf16") ? "avx512" : "none";
    assertEquals(bfloat16, flags.has("amx_bf16") ? "amx" : vector);
  },
});

Deno.test({
  ...needing("a task that trains knows the processor", missing),
  fn: async () => {
    const { features, model, cores } = await asked(await permissionsOf("train"));
    assertEquals(new Set(features as string[]), processorFeatures().features);
    assert(model !== "unknown");
    assertEquals(cores, navigator.hardwareConcurrency);
  },
});

Deno.test("a process that may not ask does not know the processor", async () => {
  const { features, model, bfloat16 } = await asked(["--no-prompt", "--allow-read"]);
  assertEquals([features, model, bfloat16], [[], "unknown", "unknown"]);
});
