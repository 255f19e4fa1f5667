import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { needing } from "../../_needing.ts";
import { permissionsOf } from "../../tasks/_task_process.ts";

const ROOT = join(import.meta.dirname!, "..", "..", "..");

/** Writes to stderr as libraries do: by the stream's number, not by Deno's. */
const PROGRAM = `
import { openCLibrary } from "${ROOT}/core/machine/c_library.ts";
import { showLibraryNoise, withoutLibraryNoise } from "${ROOT}/core/machine/library_noise.ts";

const c = openCLibrary({ write: { parameters: ["i32", "buffer", "usize"], result: "isize" } });
const say = (text) => c.write(2, new TextEncoder().encode(text + "\\n"), BigInt(text.length + 1));
console.log(withoutLibraryNoise(() => say("hidden")));
try {
  withoutLibraryNoise(() => { throw new Error("failed"); });
} catch (error) {
  say(error.message);
}
withoutLibraryNoise(() => withoutLibraryNoise(() => say("hidden twice")));
say("heard");
showLibraryNoise();
withoutLibraryNoise(() => say("shown"));
`;

Deno.test({
  ...needing(
    "libraries are heard outside, after a failure, and when they are to be shown",
    Deno.build.os === "linux" ? null : "not Linux",
  ),
  fn: async () => {
    const args = [
      "run",
      "--no-check",
      "--config",
      join(ROOT, "deno.json"),
      ...await permissionsOf("train"),
      "-",
    ];
    const child = new Deno.Command(Deno.execPath(), {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    })
      .spawn();
    await new Response(PROGRAM).body!.pipeTo(child.stdin);
    const { stdout, stderr } = await child.output();
    const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(said, ["7n\n", "failed\nheard\nshown\n"]);
  },
});
