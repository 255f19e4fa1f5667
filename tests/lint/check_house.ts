/**
 * Checks what the lint, which sees one file at a time, cannot see: circles of files and crowded rooms; and, with a scan of
 * its own, that no import runs up. `deno run --allow-read tests/lint/check_house.ts`, a part of `deno task ok`.
 */
import { join } from "@std/path";
import { findCircles } from "./circles.ts";
import { crowdedFolders, ROOM_FILES } from "./crowded_folders.ts";
import { arrowProblem, roomOf, roomProblem } from "./floors.ts";
import { resolveImport, ROOT } from "./resolve_import.ts";
import { scanImports } from "./scan_imports.ts";

const FOLDERS = ["core", "plugins", "tasks", "tests"];
/** Folders of AssemblyScript and of data: no TypeScript modules. */
const NO_MODULES = ["assembly", "fixtures"];

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (!isDirectory) return name.endsWith(".ts") ? [path] : [];
    return NO_MODULES.includes(name) ? [] : filesBelow(path);
  });
}

/** The sources of the project by path relative to it: core/, plugins/, tasks/, tests/ and the files at the top. */
export function readSources(): Map<string, string> {
  const top = [...Deno.readDirSync(ROOT)].map(({ name }) => name).filter((name) => name.endsWith(".ts"));
  const files = [...top, ...FOLDERS.flatMap(filesBelow)].sort();
  return new Map(files.map((file) => [file, Deno.readTextFileSync(join(ROOT, file))]));
}

function arrowProblems(file: string, source: string): string[] {
  return scanImports(source).flatMap(({ specifier, line }) => {
    const target = resolveImport(file, specifier);
    const problem = target === null ? null : arrowProblem(file, target);
    return problem === null ? [] : [`${file}:${line}: import of "${specifier}": ${problem}`];
  });
}

/** The files of the project that each file imports. */
function importGraph(sources: ReadonlyMap<string, string>): Map<string, string[]> {
  const targets = (file: string, source: string) =>
    scanImports(source).map(({ specifier }) => resolveImport(file, specifier))
      .filter((target) => target !== null && sources.has(target)) as string[];
  return new Map([...sources].map(([file, source]) => [file, targets(file, source)]));
}

/** Everything wrong with the house, a line each; `sources` are by path relative to the project. */
export function houseProblems(sources: ReadonlyMap<string, string>): string[] {
  const files = [...sources.keys()];
  const homeless = new Set(files.flatMap((file) => roomProblem(file) ?? []));
  const arrows = [...sources].flatMap(([file, source]) => arrowProblems(file, source));
  const circles = findCircles(importGraph(sources)).map((circle) =>
    `a circle of files: ${circle.join(" -> ")}; move what both need to a file of its own`
  );
  const crowded = crowdedFolders(files).map(({ folder, files }) =>
    `${folder} has ${files} files, at most ${ROOM_FILES}: give a subject its own folder`
  );
  return [...homeless, ...arrows, ...circles, ...crowded];
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

if (import.meta.main) {
  const sources = readSources();
  const problems = houseProblems(sources);
  const files = [...sources.keys()].filter((file) => roomOf(file) !== null).length;
  for (const problem of problems) say(`house: ${problem}`);
  if (problems.length === 0) say(`house: ${files} files, 0 arrows up, 0 circles`);
  Deno.exit(problems.length === 0 ? 0 : 1);
}
