import { join, resolve } from "@std/path";

/** File names of libtensorflow: in a pip wheel, in the C tarball, on macOS. */
export const LIBRARY_NAMES: readonly string[] = [
  "libtensorflow_cc.so.2",
  "libtensorflow.so.2",
  "libtensorflow.so",
  "libtensorflow_cc.2.dylib",
  "libtensorflow.2.dylib",
];

/** The project's folder, which holds .tensorflow/ and node_modules/. */
const ROOT = join(import.meta.dirname!, "..", "..");

/** Where install_tensorflow puts the libraries. */
export const INSTALL_FOLDER: string = join(ROOT, ".tensorflow");

/** What the search looks at; every entry has a default. */
export interface LibrarySearch {
  /** The value of TENSORFLOW_LIBRARY: a file or a folder. */
  readonly fromEnvironment?: string | undefined;
  /** The folder that install_tensorflow fills. */
  readonly installFolder?: string;
  /** Folders of Python packages, such as /usr/lib/python3/dist-packages. */
  readonly pythonFolders?: readonly string[];
  /** Further folders. */
  readonly systemFolders?: readonly string[];
}

/** Reads a variable; one that Deno may not read counts as unset. */
export function readVariable(name: string): string | undefined {
  return Deno.permissions.querySync({ name: "env", variable: name }).state === "granted"
    ? Deno.env.get(name)
    : undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    // Absent, or in a folder that Deno may not read: the next place is tried.
    return false;
  }
}

async function subfolders(folder: string, pattern: RegExp): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) if (pattern.test(entry.name)) names.push(entry.name);
  } catch {
    return [];
  }
  return names.sort().reverse().map((name) => join(folder, name));
}

/** Folders where pip puts packages: the active virtual environment, then the system's, newest Python first. */
async function pythonPackageFolders(): Promise<string[]> {
  const prefixes = [readVariable("VIRTUAL_ENV"), "/usr/local", "/usr"].filter((prefix) =>
    prefix !== undefined
  );
  const libraries = await Promise.all(
    prefixes.map((prefix) => subfolders(join(prefix, "lib"), /^python3(\.\d+)?$/)),
  );
  return libraries.flat().flatMap((folder) => [join(folder, "site-packages"), join(folder, "dist-packages")]);
}

async function firstInFolder(folder: string): Promise<string | null> {
  for (const name of LIBRARY_NAMES) if (await isFile(join(folder, name))) return join(folder, name);
  return null;
}

/** A file, a folder with one, or a folder as .tensorflow/, an unpacked tarball and Python's packages are built. */
async function namedLibrary(value: string): Promise<string | null> {
  const path = resolve(value);
  if (await isFile(path)) return path;
  for (const folder of [path, join(path, "lib"), join(path, "tensorflow")]) {
    const found = await firstInFolder(folder);
    if (found) return found;
  }
  return null;
}

/** The folders in the order of the search. */
async function searchedFolders(search: LibrarySearch): Promise<string[]> {
  const install = search.installFolder ?? INSTALL_FOLDER;
  const python = search.pythonFolders ?? await pythonPackageFolders();
  return [
    join(install, "tensorflow"),
    join(install, "lib"),
    ...python.map((folder) => join(folder, "tensorflow")),
    ...(search.systemFolders ?? [
      join(ROOT, "node_modules", "@tensorflow", "tfjs-node-gpu", "deps", "lib"),
      "/usr/local/lib",
      "/usr/lib",
    ]),
  ];
}

/**
 * The libtensorflow to use, or null: TENSORFLOW_LIBRARY, .tensorflow/, an installed pip tensorflow, the one that
 * tfjs-node-gpu installs, /usr/local/lib. Folders that Deno may not read are passed over.
 *
 * A TENSORFLOW_LIBRARY that holds no library gives null at once, so that a typing mistake does not pick another one.
 */
export async function findLibrary(search: LibrarySearch = {}): Promise<string | null> {
  const named = search.fromEnvironment ?? readVariable("TENSORFLOW_LIBRARY");
  if (named) return await namedLibrary(named);
  for (const folder of await searchedFolders(search)) {
    const found = await firstInFolder(folder);
    if (found) return found;
  }
  return null;
}
