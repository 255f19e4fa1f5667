import { join } from "@std/path";
import { listFiles, readTextFile } from "../base/files.ts";
import { configProblem } from "../base/problem.ts";
import { INSTALL_FOLDER } from "../tensorflow/find_library.ts";
import { readInstalled, RECORD_FILE } from "../tensorflow/install/installed.ts";
import { type BundleFile, type BundlePart, filesBelow } from "./bundle_file.ts";
import { isLoaded, loadedPackages } from "./packages.ts";
import { bundleSettings } from "./settings.ts";

/** The project's folder, which holds the program and its packages. */
const ROOT = join(import.meta.dirname!, "..", "..");

/** Folders of the program. */
const FOLDERS = ["core", "plugins", "tasks", "third_party"];

/** Sources of kernels, which are compiled into modules beside them. */
const COMPILED = /^[^/]+\/assembly\//;

function copied(part: BundlePart, folder: string, path: string): BundleFile {
  return { path, part, content: { file: join(folder, path) } };
}

async function programFiles(): Promise<BundleFile[]> {
  const top = (await listFiles(ROOT)).filter((name) => name.endsWith(".ts") || name === "LICENSE");
  const files = top.map((name) => copied("program", ROOT, name));
  for (const folder of FOLDERS) {
    const paths = (await filesBelow(join(ROOT, folder))).filter((path) => !COMPILED.test(path));
    files.push(...paths.map((path) => copied("program", ROOT, `${folder}/${path}`)));
  }
  return files;
}

async function packageFiles(settings: string): Promise<BundleFile[]> {
  const linked = (await filesBelow(join(ROOT, "third_party"))).filter((path) => path.endsWith("/mod.ts"));
  const modules = linked.map((path) => readTextFile(join(ROOT, "third_party", path), "Restore third_party/"));
  const files: BundleFile[] = [];
  for (const found of await loadedPackages(ROOT, [settings, ...await Promise.all(modules)])) {
    for (const path of await filesBelow(found.source)) {
      if (!isLoaded(found, path)) continue;
      const content = { file: join(found.source, path) };
      files.push({ path: `node_modules/${found.target}/${path}`, part: "packages", content });
    }
  }
  return files;
}

/** TensorFlow's library as install_tensorflow left it, with its record. */
async function tensorflowFiles(): Promise<BundleFile[]> {
  const installed = await readInstalled(INSTALL_FOLDER);
  if (installed === null) {
    throw configProblem(
      `Cannot bundle TensorFlow: nothing is installed in "${INSTALL_FOLDER}"`,
      "Run the install_tensorflow task first, or leave --with_tensorflow out",
    );
  }
  return [RECORD_FILE, ...installed.files.map(({ path }) => path)]
    .map((path) => ({
      // Uploads may leave out names that begin with a dot; unpacking links it.
      path: `tensorflow/${path}`,
      part: "tensorflow",
      content: { file: join(INSTALL_FOLDER, path) },
    }));
}

/**
 * What every bundle of this project holds: Deno, the program with its settings, the packages that it loads.
 *
 * @param options.tensorflow whether TensorFlow's library is added
 * @throws a config problem when that is wanted and not installed
 */
export async function commonFiles(
  { tensorflow }: { readonly tensorflow: boolean },
): Promise<BundleFile[]> {
  const settings = await readTextFile(join(ROOT, "deno.json"), "Restore it");
  return [
    { path: "deno", part: "deno", content: { file: Deno.execPath() }, executable: true },
    { path: "deno.json", part: "program", content: { text: bundleSettings(settings) } },
    ...await programFiles(),
    ...await packageFiles(settings),
    ...(tensorflow ? await tensorflowFiles() : []),
  ];
}
