import { assert, assertEquals, assertRejects } from "@std/assert";
import { isBuiltin } from "node:module";
import { dirname, join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { isLoaded, loadedPackages } from "../../../core/bundle/packages.ts";
import { inFolder } from "../../_in_folder.ts";
import { ROOT } from "../../tasks/_task_process.ts";

/** Installs packages as Deno does: each in a folder of its own, with links to what it needs beside it. */
async function install(
  root: string,
  packages: Readonly<Record<string, Record<string, unknown>>>,
): Promise<void> {
  const store = (id: string, name: string) => join(root, "node_modules", ".deno", id, "node_modules", name);
  const nameOf = (id: string) => id.slice(0, id.lastIndexOf("@"));
  for (const [id, { needs = [], top = false, ...settings }] of Object.entries(packages)) {
    const folder = store(id, nameOf(id));
    await Deno.mkdir(folder, { recursive: true });
    const needed = needs as string[];
    const dependencies = Object.fromEntries(needed.map((other) => [nameOf(other), "*"]));
    await Deno.writeTextFile(
      join(folder, "package.json"),
      JSON.stringify({ name: nameOf(id), dependencies, ...settings }),
    );
    const links = needed.map((other) => [store(other, nameOf(other)), store(id, nameOf(other))]);
    if (top) links.push([folder, join(root, "node_modules", nameOf(id))]);
    for (const [from, to] of links) {
      await Deno.mkdir(dirname(to!), { recursive: true });
      await Deno.symlink(from!, to!);
    }
  }
}

const targetsOf = async (root: string, ...sources: string[]) =>
  (await loadedPackages(root, sources)).map(({ target }) => target).sort();

Deno.test("packages lie flat; another version lies in the package that needs it; circles end", async () => {
  await inFolder(async (root) => {
    await install(root, {
      "@some/app@1.0.0": { top: true, needs: ["b@1.0.0", "c@1.0.0"] },
      "b@1.0.0": { needs: ["c@2.0.0", "@some/app@1.0.0"] },
      "c@1.0.0": {},
      "c@2.0.0": { needs: ["d@1.0.0"] },
      "d@1.0.0": {},
      "alone@1.0.0": { top: true, needs: ["c@1.0.0"] },
      "unnamed@1.0.0": { top: true },
    });
    const targets = await targetsOf(root, '"npm:@some/app@1.0.0"', 'from "npm:alone@1/x.js"');
    // Depth first: the c of b comes before that of the app.
    assertEquals(targets, [
      "@some/app",
      "@some/app/node_modules/c",
      "alone",
      "alone/node_modules/c",
      "b",
      "c",
      "d",
    ]);
  });
});

Deno.test("packages of other systems, of types, and absent optional ones are left out", async () => {
  await inFolder(async (root) => {
    const cpu = Deno.build.arch === "aarch64" ? "arm64" : "x64";
    const needs = ["own@1.0.0", "foreign@1.0.0", "not@1.0.0", "@types/x@1.0.0"];
    await install(root, {
      "app@1.0.0": { top: true, needs, optionalDependencies: { absent: "1" } },
      "own@1.0.0": { cpu: [cpu] },
      "foreign@1.0.0": { cpu: ["s390x"] },
      "not@1.0.0": { os: ["!linux", "!darwin", "!win32"] },
      "@types/x@1.0.0": {},
    });
    assertEquals(await targetsOf(root, "npm:app@1.0.0"), ["app", "own"]);
  });
});

Deno.test("a package that is named and not installed is told", async () => {
  await inFolder(async (root) => {
    const error = await assertRejects(() => loadedPackages(root, ["npm:gone@1.0.0"]), Problem, '"gone"');
    assertEquals([error.exitCode, error.next], [3, "Run deno install"]);
  });
});

/** The modules that a CommonJS module requires, and those that these require, by file name or package. */
function required(file: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, name] of Deno.readTextFileSync(file).matchAll(/require\("([^"]+)"\)/g)) {
    if (!name!.startsWith(".")) found.add(name!);
    else if (!name!.endsWith(".json")) required(join(dirname(file), name!.replace(/(\.js)?$/, ".js")), found);
  }
  return found;
}

Deno.test("what the kernels of the tensorflow backend require is there", async () => {
  const [kernels] = await loadedPackages(ROOT, ["npm:@tensorflow/tfjs-node-gpu@4.22.0"]);
  const entries = ["nodejs_kernel_backend.js", "register_all_kernels.js"];
  const modules = new Set(entries.flatMap((name) => [...required(join(kernels!.source, "dist", name))]));
  assert(modules.size > 100, `${modules.size} modules`);
  const packages = await targetsOf(ROOT, "npm:@tensorflow/tfjs-node-gpu@4.22.0");
  for (const name of modules) {
    const [, inside] = name.split("/tfjs-node-gpu/");
    if (inside !== undefined) assert(isLoaded(kernels!, inside), inside);
    else if (!isBuiltin(name)) assert(packages.includes(name), name);
  }
  assert(packages.includes("google-protobuf") && !packages.includes("tar"));
});

Deno.test("types, source maps, tests and browser bundles are left out; code, native files and licences stay", () => {
  const plain = { main: "index.js" }, bundled = { main: "./dist/tf.node.js" };
  for (
    const path of ["index.js", "lib/a.cjs", "lib/a.node", "lib/libvips.so.8", "package.json", "LICENSE.md"]
  ) {
    assert(isLoaded(plain, path), path);
  }
  for (const path of ["index.d.ts", "a.d.cts", "src/a.ts", "a.js.map", "README.md", "dist/a_test.js"]) {
    assert(!isLoaded(plain, path), path);
  }
  assertEquals(
    ["dist/tf.node.js", "dist/tf.min.js", "dist/a.wasm", "dist/index.js"].filter((path) =>
      isLoaded(bundled, path)
    ),
    ["dist/tf.node.js", "dist/a.wasm"],
  );
});
