import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { ROOT, runInFolder } from "./_task_process.ts";

const FIXTURES = join(ROOT, "tests", "fixtures", "plugins");

/** How each attempt of the hostile plugin must end. */
const ENDS: readonly [end: RegExp, attempts: readonly string[]][] = [
  [/--cached-only is specified|--no-remote is specified|lockfile is out of date/, [
    "import of a package",
    "import of a package that another one brought along",
    "import of a package in a file it wrote",
    "import of a package in a worker",
    "import of a package in a data URL",
    "import from JSR",
    "import from the web",
    "import from this machine",
  ]],
  [/^NotCapable: Requires read access|Cannot find module/, ["require of a package"]],
  [/^NotCapable: Requires ffi access/, [
    "addon by require",
    "addon by process.dlopen",
    "library by Deno.dlopen",
    "library by SQLite",
  ]],
  [/^NotCapable: Requires run access|it did not start/, [
    "program by Deno.Command",
    "program by child_process",
  ]],
  [/^NotCapable: Requires net access/, ["web by fetch", "web by node:net", "web by a name lookup"]],
  [/^NotCapable: Requires read access/, [
    "reading above the project",
    "reading the system",
    "database above the project",
  ]],
  [/^NotCapable: Requires write access/, [
    "writing beside the outputs",
    "writing to packages",
    "hard link to what it may load",
  ]],
  [/^NotCapable: Deno.symlinkSync\(\) requires unscoped/, ["link out of the outputs"]],
  [/^Error: denied$/, ["asking for permission"]],
  [/^Error: unset$/, ["variable of the user"]],
  [/^done$/, ["import of its own text", "writing to the outputs"]],
];

function config(plugin: string): string {
  return `plugins: [${plugin}]\ndata: { dir: data/none }\nloss: { name: binary_focal_loss }\n` +
    "train: { dir: results/own }\n";
}

/** A working folder with a plugin file and the config that names it. */
async function withPlugin(text: string, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "own.ts"), text);
    await Deno.writeTextFile(join(folder, "own.node"), "");
    await Deno.writeTextFile(join(folder, "own.yml"), config("own.ts"));
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is installed: the lock file, and the names of the packages. */
async function installed(): Promise<string[]> {
  const packages = await Array.fromAsync(Deno.readDir(join(ROOT, "node_modules", ".deno")));
  const names = packages.filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  return [await Deno.readTextFile(join(ROOT, "deno.lock")), ...names.sort()];
}

Deno.test("a plugin brings nothing in and gets nowhere out while a task runs", async () => {
  const text = await Deno.readTextFile(join(FIXTURES, "hostile.ts"));
  await withPlugin(text, async (folder) => {
    const before = await installed();
    const { code, stdout, stderr } = await runInFolder(folder, "train", ["own.yml"]);
    assertEquals(code, 3, stderr);
    assertStringIncludes(stdout, "plugins: own.ts runs as your own code with this task's permissions");
    const outcomes = JSON.parse(await Deno.readTextFile(join(folder, "results", "outcomes.json")));
    const expected = ENDS.flatMap(([end, names]) => names.map((name) => [name, end] as const));
    assertEquals(expected.map(([name]) => name).sort(), Object.keys(outcomes).sort());
    for (const [name, end] of expected) assertMatch(outcomes[name], end, `${name}: ${outcomes[name]}`);
    assertEquals(await installed(), before);
  });
});

Deno.test("a submission's config that names a plugin is told like any other", async () => {
  const text = 'export default { kind: "losses", name: "own", create: () => null };\n';
  await withPlugin(text, async (folder) => {
    const lists = "test_val: [a.csv]\ntest: [b.csv]\n";
    await Deno.writeTextFile(
      join(folder, "own.yml"),
      `plugins: [own.ts]\ndata: { dir: data/none }\n${lists}`,
    );
    const { code, stdout, stderr } = await runInFolder(folder, "make_submission", ["own.yml"]);
    assertEquals(code, 3, stderr);
    assertStringIncludes(stdout, "plugins: own.ts runs as your own code with this task's permissions");
  });
});

Deno.test("a plugin whose package is not installed ends the task with the way to install it", async () => {
  const text = 'import "npm:is-odd@3.0.1";\nexport default {};\n';
  await withPlugin(text, async (folder) => {
    const { code, stderr } = await runInFolder(folder, "train", ["own.yml"]);
    assertEquals(code, 2, stderr);
    assertMatch(stderr, /error: Cannot load ".*own\.ts": .*tasks download nothing/);
    assertStringIncludes(stderr, "deno add npm:<package>");
  });
});
