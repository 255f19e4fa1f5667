import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join, relative } from "@std/path";
import { findLibrary } from "../../../core/tensorflow/find_library.ts";
import { needing } from "../../_needing.ts";
import { compile, NO_COMPILER } from "./_stand_in.ts";
import { inFolder } from "../../_in_folder.ts";

const ROOT = fromFileUrl(new URL("../../..", import.meta.url));

/** Starts a backend and says what a user would read. */
const SCRIPT = `
  import { loadPlugins } from "${ROOT}/core/plugin/registry.ts";
  import { startBackend } from "${ROOT}/core/experiment/start_backend.ts";
  const registry = await loadPlugins([], ["backends"]);
  const line = await startBackend(registry, Deno.args[0], { threads: 1 })
    .catch((problem) => problem.exitCode + ": " + problem.message + ". " + problem.next);
  console.log("said", line);`;

/** Asks for a backend with TENSORFLOW_LIBRARY set, with the permissions of the tasks. */
async function ask(
  folder: string,
  request: {
    readonly library: string;
    readonly backend?: string;
    readonly allowed?: string;
    readonly readable?: string;
  },
): Promise<string> {
  const { library, backend = "auto", allowed, readable = "/" } = request;
  const script = join(folder, "ask.ts");
  await Deno.writeTextFile(script, SCRIPT);
  const ffi = ["./node_modules", ".tensorflow", ...(allowed ? [allowed] : [])].join();
  const names = "TENSORFLOW_LIBRARY,TF_CPP_MIN_LOG_LEVEL";
  const permissions = [`--allow-read=${readable}`, `--allow-ffi=${ffi}`, `--allow-env=${names}`];
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--config", join(ROOT, "deno.json"), ...permissions, script, backend],
    cwd: ROOT,
    env: { TENSORFLOW_LIBRARY: library },
  }).output();
  return new TextDecoder().decode(stdout).split("\n").find((line) => line.startsWith("said"))!;
}

Deno.test("a library outside .tensorflow/ is not passed over in silence: how to get it in is told", () =>
  inFolder(async (folder) => {
    const file = join(folder, "libtensorflow.so.2");
    await Deno.writeTextFile(file, "");
    // A task may not look outside the project, so it does not know whether a library is there.
    for (const [readable, library] of [["/", file], ["/", folder], [ROOT, file], [ROOT, folder]] as const) {
      for (const backend of ["auto", "tensorflow"]) {
        const said = await ask(folder, { library, backend, readable });
        assertStringIncludes(said, '2: Cannot start the backend "tensorflow"');
        assertStringIncludes(said, `deno task install_tensorflow --from ${folder}\``);
        assertStringIncludes(said, "unset TENSORFLOW_LIBRARY");
      }
    }
  }));

Deno.test("a TENSORFLOW_LIBRARY that holds none stops auto too", () =>
  inFolder(async (folder) => {
    for (const library of [folder, join(folder, "libtensorflow.so.2")]) {
      const said = await ask(folder, { library });
      assertStringIncludes(said, `no TensorFlow library in TENSORFLOW_LIBRARY="${library}"`);
      assertStringIncludes(said, "deno task install_tensorflow");
    }
  }));

Deno.test("a file that is no library is told with the loader's words", () =>
  inFolder(async (folder) => {
    const library = join(folder, "libtensorflow.so.2");
    await Deno.writeTextFile(library, "not a library");
    const said = await ask(folder, { library, allowed: folder });
    assertMatch(said, /1: Cannot use the TensorFlow library ".+": .*file too short.*install_tensorflow/);
  }));

/** Sources of libraries that are not to be used, and what is said of them. */
const UNFIT: readonly [string, RegExp][] = [
  ['const char *TF_Version(void) { return "1.15.0"; }', /it is version 1\.15\.0, at least 2\.9 is needed/],
  ["int something(void) { return 1; }", /it is no libtensorflow/],
];

Deno.test({
  ...needing("libraries that are too old or of another make are told", NO_COMPILER),
  fn: () =>
    inFolder(async (folder) => {
      for (const [source, expected] of UNFIT) {
        const library = join(folder, "libtensorflow.so.2");
        const text =
          `#include <string.h>\n${source}\nunsigned long uses(const char *s) { return strlen(s); }\n`;
        await compile(library, text);
        const said = await ask(folder, { library, allowed: folder });
        assertMatch(said, /^said 1: Cannot use the TensorFlow library/);
        assertMatch(said, expected);
        assertStringIncludes(said, "deno task install_tensorflow");
      }
    }),
});

Deno.test("a relative path is taken from the working folder", () =>
  inFolder(async (folder) => {
    const library = join(folder, "libtensorflow.so.2");
    await Deno.writeTextFile(library, "");
    assertEquals(await findLibrary({ fromEnvironment: relative(Deno.cwd(), folder) }), library);
  }));
