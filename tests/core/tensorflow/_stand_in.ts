/** Small libraries that stand in for TensorFlow's: they load and tell a version, and can do nothing else. */
import { join } from "@std/path";
import { SYMBOLS } from "../../../core/tensorflow/symbols.ts";

async function hasCompiler(): Promise<boolean> {
  try {
    return (await new Deno.Command("cc", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

/** Why stand-ins cannot be built here, or null where they can. */
export const NO_COMPILER: string | null = Deno.build.os === "linux" && await hasCompiler()
  ? null
  : "no C compiler";

/** Compiles C text into a shared library. */
export async function compile(library: string, source: string, flags: readonly string[] = []): Promise<void> {
  await Deno.writeTextFile(`${library}.c`, source);
  const args = ["-shared", "-fPIC", "-o", library, `${library}.c`, ...flags];
  const { success, stderr } = await new Deno.Command("cc", { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.remove(`${library}.c`);
}

const OTHERS = Object.keys(SYMBOLS).filter((name) => name !== "TF_Version")
  .map((name) => `void ${name}(void) {}`).join("\n");

/** The C library, which asks another library for its version, as TensorFlow's asks libtensorflow_framework for all. */
const SOURCE = `#include <string.h>
const char *framework_version(void);
const char *TF_Version(void) { return framework_version(); }
unsigned long uses(const char *s) { return strlen(s); }
${OTHERS}
`;

/** The two libraries under the names given; the first finds the second beside itself by the name libtensorflow_framework.so.2. */
export async function buildPair(
  folder: string,
  { library, framework }: { readonly library: string; readonly framework: string },
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await compile(
    join(folder, framework),
    'const char *framework_version(void) { return "2.18.0"; }\n',
    ["-Wl,-soname,libtensorflow_framework.so.2"],
  );
  await compile(
    join(folder, library),
    SOURCE,
    [join(folder, framework), "-Wl,-soname,libtensorflow.so.2", "-Wl,-rpath,$ORIGIN"],
  );
}

/** The links of the official tarball: name and where it leads. */
export const OFFICIAL_LINKS: readonly (readonly [string, string])[] = [
  ["libtensorflow.so", "libtensorflow.so.2"],
  ["libtensorflow.so.2", "libtensorflow.so.2.18.0"],
  ["libtensorflow_framework.so", "libtensorflow_framework.so.2"],
  ["libtensorflow_framework.so.2", "libtensorflow_framework.so.2.18.0"],
];

/** The files of the official tarball. */
export const OFFICIAL_FILES = {
  library: "libtensorflow.so.2.18.0",
  framework: "libtensorflow_framework.so.2.18.0",
} as const;

/** lib/ of a folder laid out as the official tarball is. */
export async function buildOfficialFolder(folder: string): Promise<void> {
  await buildPair(join(folder, "lib"), OFFICIAL_FILES);
  for (const [name, to] of OFFICIAL_LINKS) await Deno.symlink(to, join(folder, "lib", name));
}
