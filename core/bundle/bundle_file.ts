import { isAbsolute, relative, resolve, SEPARATOR } from "@std/path";

/** What takes room in a bundle. */
export const BUNDLE_PARTS = ["deno", "packages", "program", "runs", "tensorflow"] as const;

/** Name of a part of a bundle. */
export type BundlePart = typeof BUNDLE_PARTS[number];

/** A file of a bundle. */
export interface BundleFile {
  /** Where it is put, below the bundle's folder, with forward slashes. */
  readonly path: string;
  readonly part: BundlePart;
  /** Its text, or the path of the file to copy. */
  readonly content: { readonly text: string } | { readonly file: string };
  readonly executable?: boolean;
}

/** A path below the working folder, in its shortest form with forward slashes; null when it lies outside. */
export function pathInside(path: string): string | null {
  const inside = relative(".", resolve(path));
  const outside = inside === "" || isAbsolute(inside) || inside.split(SEPARATOR)[0] === "..";
  return outside ? null : inside.replaceAll(SEPARATOR, "/");
}

/** Files of the project's folders below a folder, with links followed; paths are relative to it, sorted. */
export async function filesBelow(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  for (const name of names) {
    const path = `${folder}/${name}`;
    if ((await Deno.stat(path)).isDirectory) found.push(...await filesBelow(path, `${prefix}${name}/`));
    else found.push(prefix + name);
  }
  return found;
}
