import { dirname, join } from "@std/path";
import { checkWritable } from "../base/check_writable.ts";
import { pathExists } from "../base/files.ts";
import { writeAll, writeWhole } from "../base/part_files.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import type { Output } from "../base/output.ts";
import { TAR_BLOCK, tarHeader, tarPadding } from "../formats/tar_header.ts";
import type { BundleFile, BundlePart } from "./bundle_file.ts";

/** The file that tells a bundle from another folder. */
export const MANIFEST = "bundle.json";

/** Bytes of each part of a bundle. */
export type BundleSizes = Readonly<Record<BundlePart, number>>;

async function sizeOf({ content }: BundleFile): Promise<number> {
  if ("text" in content) return new TextEncoder().encode(content.text).length;
  try {
    return (await Deno.stat(content.file)).size;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw dataProblem(`Cannot bundle "${content.file}": there is no such file`, "Restore it");
  }
}

/** Bytes of each part. Throws a data problem that names a file that is not there. */
export async function bundleSizes(files: readonly BundleFile[]): Promise<BundleSizes> {
  const sizes = { deno: 0, packages: 0, program: 0, runs: 0, tensorflow: 0 };
  for (const file of files) sizes[file.part] += await sizeOf(file);
  return sizes;
}

async function isEmptyFolder(path: string): Promise<boolean> {
  if (!(await Deno.stat(path)).isDirectory) return false;
  for await (const _entry of Deno.readDir(path)) return false;
  return true;
}

/**
 * Looks before the work whether a bundle can be written. Throws a config problem when something else than a bundle is in
 * its place, or Deno does not permit it.
 */
export async function checkPlace(path: string, { tar }: { readonly tar: boolean }): Promise<void> {
  if (tar && !path.endsWith(".tar")) {
    throw configProblem(
      `Cannot write the bundle to "${path}": an archive's name ends with .tar`,
      `--out=${path}.tar`,
    );
  }
  await checkWritable(tar ? dirname(path) : path, "the bundle");
  if (!(await pathExists(path))) return;
  const { isDirectory } = await Deno.stat(path);
  const replaceable = tar
    ? !isDirectory
    : await isEmptyFolder(path) || await pathExists(join(path, MANIFEST));
  if (replaceable) return;
  throw configProblem(
    `Cannot write the bundle to "${path}": it exists and is no bundle`,
    "Name another place with --out, or move it away",
  );
}

async function writeFile(folder: string, { path, content, executable }: BundleFile): Promise<void> {
  const target = join(folder, path);
  await Deno.mkdir(dirname(target), { recursive: true });
  if ("text" in content) await Deno.writeTextFile(target, content.text);
  else await Deno.copyFile(content.file, target);
  if (Deno.build.os !== "windows") await Deno.chmod(target, executable ? 0o755 : 0o644);
}

async function removeFolder(path: string): Promise<void> {
  if (await pathExists(path)) await Deno.remove(path, { recursive: true });
}

/** Writes a bundle as a folder; it is there whole or not at all, and takes the place of an earlier one. */
export async function writeFolder(path: string, files: readonly BundleFile[], output: Output): Promise<void> {
  const collected = `${path}.part`;
  // A stopped run may have left it.
  await removeFolder(collected);
  await Deno.mkdir(collected, { recursive: true });
  try {
    const bar = output.progress("copy", files.length);
    for (const [i, file] of files.entries()) {
      await writeFile(collected, file);
      bar.update(i + 1);
    }
    bar.end();
    await removeFolder(path);
    await Deno.rename(collected, path);
  } catch (error) {
    await removeFolder(collected);
    throw error;
  }
}

async function appendContent(archive: Deno.FsFile, { content }: BundleFile, path: string): Promise<number> {
  if ("text" in content) {
    const bytes = new TextEncoder().encode(content.text);
    await writeAll(archive, bytes, path);
    return bytes.length;
  }
  using source = await Deno.open(content.file);
  let size = 0;
  for await (const piece of source.readable) {
    await writeAll(archive, piece, path);
    size += piece.length;
  }
  return size;
}

/** Writes a bundle as a tar archive; it is there whole or not at all. */
export async function writeTar(path: string, files: readonly BundleFile[], output: Output): Promise<void> {
  const bar = output.progress("pack", files.length);
  await writeWhole(path, async (archive) => {
    for (const [i, file] of files.entries()) {
      const size = await sizeOf(file);
      await writeAll(archive, tarHeader({ name: file.path, size, executable: file.executable }), path);
      const written = await appendContent(archive, file, path);
      if (written !== size) {
        throw dataProblem(`Cannot pack "${file.path}": it changed meanwhile`, "Run the task again");
      }
      await writeAll(archive, tarPadding(size), path);
      bar.update(i + 1);
    }
    await writeAll(archive, new Uint8Array(2 * TAR_BLOCK), path);
  });
  bar.end();
}
