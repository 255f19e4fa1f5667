import { join, resolve } from "@std/path";
import { readInstalled } from "./install/installed.ts";

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

/**
 * The library in a folder with one, in lib/ of an unpacked tarball, or in tensorflow/ of Python's packages; or null.
 */
export async function libraryIn(folder: string): Promise<string | null> {
  for (const place of [folder, join(folder, "lib"), join(folder, "tensorflow")]) {
    const found = await firstInFolder(place);
    if (found) return found;
  }
  return null;
}

/** The library that the record of an install folder names; or null. */
async function installedLibrary(folder: string): Promise<string | null> {
  const installed = await readInstalled(folder);
  return installed && join(folder, installed.library);
}

/** A file, a folder that install_tensorflow has filled, or one of {@link libraryIn}. */
async function namedLibrary(value: string): Promise<string | null> {
  const path = resolve(value);
  if (await isFile(path)) return path;
  return await installedLibrary(path) ?? await libraryIn(path);
}

/** The folders that are searched when nothing is installed, in their order. */
async function searchedFolders(search: LibrarySearch): Promise<string[]> {
  const python = search.pythonFolders ?? await pythonPackageFolders();
  return [
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
 * In .tensorflow/ the record of the install names the library; other files there are not looked at. Before it is
 * opened, `checkInstalled` compares it with the record.
 *
 * A TENSORFLOW_LIBRARY that holds no library gives null at once, so that a typing mistake does not pick another one.
 */
export async function findLibrary(search: LibrarySearch = {}): Promise<string | null> {
  const named = search.fromEnvironment ?? readVariable("TENSORFLOW_LIBRARY");
  if (named) return await namedLibrary(named);
  const installed = await installedLibrary(search.installFolder ?? INSTALL_FOLDER);
  if (installed) return installed;
  for (const folder of await searchedFolders(search)) {
    const found = await firstInFolder(folder);
    if (found) return found;
  }
  return null;
}
