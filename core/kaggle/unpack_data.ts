import { basename, dirname } from "@std/path";
import type { Output } from "../base/output.ts";
import { isDataProblem } from "../base/problem.ts";
import { firstFew } from "../base/quoted.ts";
import { unpackZip } from "./unpack_zip.ts";

/** How the data of a competition is unpacked. */
export interface UnpackDataOptions {
  readonly replace: boolean;
  /** Called when nothing is in the way, before the first file is written. */
  readonly onReady?: () => Promise<void>;
  readonly output: Output;
  readonly signal?: AbortSignal | undefined;
}

/** Archives of other formats, which are left as they are. */
const OTHER_ARCHIVE = /\.(7z|rar|tar|tgz|gz|bz2|xz)(\.\d+)?$/i;
const MEGABYTE = 1e6;

/**
 * Where the content of an archive inside the data belongs: beside it when it is one file or one folder, else in a folder
 * of its name, so that the pictures of train.zip and test.zip are not mixed.
 */
function folderOf(archive: string, paths: readonly string[]): string {
  const tops = new Set(paths.map((path) => path.split("/")[0]!).filter((top) => top !== "__MACOSX"));
  return tops.size === 1 ? "" : basename(archive).replace(/\.zip$/i, "");
}

/** Unpacks an archive that came inside the data and removes it; one that cannot be read stays, with a warning. */
async function unpackInner(archive: string, options: UnpackDataOptions): Promise<string[]> {
  try {
    const below = (paths: readonly string[]) => folderOf(archive, paths);
    const { replace, signal } = options;
    const paths = await unpackZip(archive, dirname(archive), { replace, signal, below });
    await Deno.remove(archive);
    return paths;
  } catch (error) {
    if (!isDataProblem(error)) throw error;
    options.output.warn(`"${archive}" stays packed: ${error.message}`);
    return [archive];
  }
}

/**
 * Unpacks the data of a competition into a folder, and the zip archives in it beside themselves. Archives of other formats
 * are named in a warning.
 *
 * @returns the paths of all files
 */
export async function unpackData(
  archive: string,
  folder: string,
  options: UnpackDataOptions,
): Promise<string[]> {
  const { output } = options;
  let bar: ReturnType<Output["progress"]> | undefined;
  const onProgress = (done: number, total: number) => {
    bar ??= output.progress(`unpacked into ${folder}, MB`, Math.ceil(total / MEGABYTE));
    bar.update(Math.floor(done / MEGABYTE));
  };
  const outer = await unpackZip(archive, folder, { ...options, onProgress });
  bar?.end();
  const paths: string[] = [];
  for (const path of outer) {
    options.signal?.throwIfAborted();
    if (/\.zip$/i.test(path)) paths.push(...await unpackInner(path, options));
    else paths.push(path);
  }
  const packed = paths.filter((path) => OTHER_ARCHIVE.test(path)).map((path) => `"${path}"`);
  if (packed.length > 0) output.warn(`unpack by hand, with 7z x or tar xf: ${firstFew(packed)}`);
  return paths;
}
