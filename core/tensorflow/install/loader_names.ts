/** Files that hold TensorFlow, under all the names that a tarball or a package gives them. */
export const TENSORFLOW_FILE = /^libtensorflow(_cc|_framework)?\.(so|\d|dylib)[\w.]*$/;

/**
 * Names with the major version and no more: a library's SONAME, by which the loader looks for what another one needs.
 */
const LOADER_NAME = /(\.so\.\d+|^[^.]+\.\d+\.dylib)$/;

function majorOnly(name: string): string {
  return name.replace(/(\.so\.\d+)(\.\d+)+$/, "$1").replace(/^([^.]+\.\d+)(\.\d+)+\.dylib$/, "$1.dylib");
}

/** libtensorflow of libtensorflow.so.2.18.0. */
function stem(name: string): string {
  return name.split(".")[0]!;
}

/**
 * The one name under which each file is needed. The official tarball has three names for each library, of which two are
 * links: libtensorflow.so -> libtensorflow.so.2 -> libtensorflow.so.2.18.0. The first is for compilers, the last for
 * people; the loader asks for the second alone.
 *
 * @param names all names of each file, by the file's own name
 * @returns the name to keep by the file's own name; files that no loader asks for are left out
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const names = new Map([["libtensorflow.so.2.18.0", ["libtensorflow.so.2.18.0", "libtensorflow.so.2"]]]);
 * assertEquals([...loaderNames(names)], [["libtensorflow.so.2.18.0", "libtensorflow.so.2"]]);
 * ```
 */
export function loaderNames(names: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const kept = new Map<string, string>();
  for (const [own, all] of names) {
    const asked = all.find((name) => LOADER_NAME.test(name));
    if (asked !== undefined) kept.set(own, asked);
  }
  for (const own of names.keys()) {
    const found = [...kept.values()].some((name) => stem(name) === stem(own));
    if (!found) kept.set(own, majorOnly(own));
  }
  return kept;
}
