import { join } from "@std/path";
import { readTextFile } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";

/** A package as it is put into a bundle. */
export interface BundlePackage {
  readonly name: string;
  /** Folder that it is installed in, without links. */
  readonly source: string;
  /** Folder below the bundle's node_modules: its name, or inside the package that needs another version. */
  readonly target: string;
  readonly main: string;
}

/** What is read of a package.json. */
interface PackageSettings {
  readonly main?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Whether a package's dependency is loaded when tasks run. */
type IsLoaded = (dependency: string) => boolean;

/** Packages with dependencies that no task loads. */
const PARTLY_LOADED: Readonly<Record<string, IsLoaded>> = {
  // The others serve its command line, and browsers of before 2015.
  "@tensorflow/tfjs": (name) => name.startsWith("@tensorflow/"),
  // Only its kernels are used; the others download and unpack its own addon.
  "@tensorflow/tfjs-node-gpu": (name) => name === "@tensorflow/tfjs" || name === "google-protobuf",
};

/** Packages that only tests load. */
const OF_TESTS: readonly string[] = ["axe-core"];

/** Packages of types alone. */
const TYPES = /^@types\/|^@webgpu\/types$/;

const NODE_NAMES: Readonly<Record<string, string>> = { windows: "win32", x86_64: "x64", aarch64: "arm64" };

/** Whether a list of package.json, in which `!` excludes, has a name. */
function allows(list: readonly string[] | undefined, name: string): boolean {
  if (!list || list.length === 0) return true;
  return list.includes(name) || (list.every((entry) => entry.startsWith("!")) && !list.includes(`!${name}`));
}

function runsHere({ os, cpu, libc }: PackageSettings): boolean {
  const { os: system, arch, target } = Deno.build;
  return allows(os, NODE_NAMES[system] ?? system) && allows(cpu, NODE_NAMES[arch] ?? arch) &&
    (system !== "linux" || allows(libc, target.endsWith("musl") ? "musl" : "glibc"));
}

async function realFolder(path: string): Promise<string | null> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Chooses a place for each package: links do not survive every upload, so packages lie flat as npm puts them. */
class Tree {
  readonly #placed = new Map<string, BundlePackage>();

  /** Adds a package and what it needs; a folder that is not there is an optional package of another system. */
  async add(name: string, folder: string, dependent?: BundlePackage): Promise<boolean> {
    const source = await realFolder(folder);
    if (source === null) return false;
    const settings = JSON.parse(
      await readTextFile(join(source, "package.json"), "Run deno install again"),
    ) as PackageSettings;
    const taken = this.#placed.get(name);
    const target = taken === undefined || taken.source === source || !dependent
      ? name
      : `${dependent.target}/node_modules/${name}`;
    if (!runsHere(settings) || this.#placed.has(target)) return true;
    const added = { name, source, target, main: settings.main ?? "" };
    this.#placed.set(target, added);
    await this.#addDependencies(added, settings);
    return true;
  }

  async #addDependencies(added: BundlePackage, settings: PackageSettings): Promise<void> {
    const { dependencies, optionalDependencies, peerDependencies } = settings;
    const beside = added.source.slice(0, -added.name.length);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const loaded = PARTLY_LOADED[added.name]?.(name) ?? true;
      if (loaded && !TYPES.test(name)) await this.add(name, join(beside, name), added);
    }
  }

  packages(): BundlePackage[] {
    return [...this.#placed.values()];
  }
}

/**
 * The packages that tasks load on this system: those named as `npm:<name>@<version>`, and what they need.
 *
 * @param root the project's folder
 * @param sources texts that name packages: deno.json and the modules of third_party/
 * @throws a data problem when a package is not installed
 */
export async function loadedPackages(root: string, sources: readonly string[]): Promise<BundlePackage[]> {
  const named = sources.flatMap((text) => [...text.matchAll(/npm:((?:@[\w.-]+\/)?[\w.-]+)@/g)]);
  const tree = new Tree();
  for (const name of new Set(named.map((match) => match[1]!))) {
    if (OF_TESTS.includes(name)) continue;
    if (await tree.add(name, join(root, "node_modules", name))) continue;
    throw dataProblem(`Cannot find the package "${name}" in node_modules`, "Run deno install");
  }
  return tree.packages();
}

/** Files of packages that are never loaded: types, sources of other languages, source maps, pages, tests. */
const UNLOADED = /\.(map|[cm]?ts|tsbuildinfo|md|markdown|html|cc|h|proto)$|_test\.js$/;

/** Licences go with what they are of. */
const LICENCE = /(^|\/)(licen[cs]e|notice|copying|third)[^/]*$/i;

/**
 * Whether a file of a package may be loaded.
 *
 * @param path below the package's folder
 */
export function isLoaded({ main }: Pick<BundlePackage, "main">, path: string): boolean {
  if (LICENCE.test(path)) return true;
  // A package whose entry is a bundle for Node has the same code in further forms, for browsers and bundlers.
  const bundled = main.endsWith(".node.js") && path.endsWith(".js") && path !== main.replace(/^\.\//, "");
  return !bundled && !UNLOADED.test(path);
}
