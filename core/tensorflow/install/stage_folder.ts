import { dirname, join } from "@std/path";
import { dataProblem } from "../../base/problem.ts";
import { LIBRARY_NAMES, libraryIn } from "../find_library.ts";
import { loaderNames, TENSORFLOW_FILE } from "./loader_names.ts";
import type { ByteProgress, Staging } from "./staging.ts";

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* (await Deno.open(path)).readable;
}

/** The names of TensorFlow's files in a folder, by the path of the file itself, where links are followed to. */
async function namesByFile(folder: string): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>();
  for await (const { name } of Deno.readDir(folder)) {
    if (!TENSORFLOW_FILE.test(name)) continue;
    const path = await Deno.realPath(join(folder, name));
    if ((await Deno.stat(path)).isFile) names.set(path, [...names.get(path) ?? [], name]);
  }
  return names;
}

/** The file's own name among its names: the longest, which has the whole version. */
function longest(names: readonly string[]): string {
  return names.reduce((best, name) => name.length > best.length ? name : best);
}

/**
 * Copies the libraries of a folder: the folder itself, lib/ of an unpacked tarball, or tensorflow/ of a folder of
 * Python packages. A file with several names is copied once.
 */
export async function stageFolder(staging: Staging, folder: string, progress: ByteProgress): Promise<void> {
  const library = await libraryIn(folder);
  if (library === null) {
    throw dataProblem(
      `Cannot install from "${folder}": it holds none of ${LIBRARY_NAMES.join(", ")}`,
      "Name a folder with the libraries, a .whl or a .tar.gz; or use --from pip",
    );
  }
  const files = [...await namesByFile(dirname(library))].map(([path, names]) => ({ path, names }));
  const kept = loaderNames(new Map(files.map(({ names }) => [longest(names), names])));
  const sizes = await Promise.all(files.map(async ({ path }) => (await Deno.stat(path)).size));
  progress.begin(folder, sizes.reduce((sum, size) => sum + size, 0));
  for (const { path, names } of files) {
    const name = kept.get(longest(names));
    if (name !== undefined) await staging.write(`lib/${name}`, piecesOf(path), progress.add);
  }
}
