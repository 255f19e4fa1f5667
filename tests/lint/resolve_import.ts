import { dirname, fromFileUrl, join, normalize, relative } from "@std/path";
import config from "../../deno.json" with { type: "json" };

/** The project's folder. */
export const ROOT = join(import.meta.dirname!, "..", "..");

/** What names stand for, as under `imports` in deno.json: a package, or a file of the project. */
export type ImportMap = Readonly<Record<string, string>>;

/** Import map entries for the package's own name, which Deno resolves to its `exports`. */
function ownName(name: string, exports: string | ImportMap): ImportMap {
  const entries = typeof exports === "string" ? [[".", exports] as const] : Object.entries(exports);
  return Object.fromEntries(entries.map(([key, file]) => [name + key.slice(1), file]));
}

const PROJECT_MAP: ImportMap = { ...ownName(config.name, config.exports), ...config.imports };

/** What a specifier stands for in an import map: its own entry, else that of its longest prefix with a slash. */
function lookUp(specifier: string, map: ImportMap): string {
  const keys = Object.keys(map).filter((key) =>
    key === specifier || (key.endsWith("/") && specifier.startsWith(key))
  );
  const key = keys.sort((a, b) => b.length - a.length)[0];
  return key === undefined ? specifier : map[key]! + specifier.slice(key.length);
}

/** The specifier without `npm:` or `jsr:` and without a version: "npm:sharp@0.35/x.js" is "sharp/x.js". */
export function packageSpecifier(specifier: string): string {
  return specifier.replace(/^(npm|jsr):\/?/, "").replace(/^((?:@[^/]+\/)?[^/@]+)@[^/]+/, "$1");
}

/**
 * The file that an import means.
 *
 * @param file the importing file, relative to the project
 * @param specifier relative, absolute, a file: URL, or a name
 * @returns a path relative to the project (`../` outside it); null for packages and other URLs
 */
export function resolveImport(file: string, specifier: string, map: ImportMap = PROJECT_MAP): string | null {
  const path = specifier.replace(/(?!^)[?#].*$/, "");
  if (path.startsWith(".")) return normalize(join(dirname(file), path));
  const target = lookUp(packageSpecifier(path), map);
  if (target.startsWith(".")) return normalize(target);
  if (target.startsWith("file:")) return relative(ROOT, fromFileUrl(target));
  return target.startsWith("/") ? relative(ROOT, target) : null;
}
