import { parse } from "@std/yaml";
import { readTextFile } from "../base/files.ts";
import { configProblem } from "../base/problem.ts";

/** What to tell when a config cannot be read. */
export interface YamlHints {
  /** What to do when there is no such file. */
  readonly missing: string;
  /** What such a file holds: "sections such as data, model, train". */
  readonly holds: string;
}

async function parseFile(path: string, missing: string): Promise<unknown> {
  const text = await readTextFile(path, missing).catch((error) => {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw configProblem(`Cannot read the config "${path}": ${error.message}`, error.next);
  });
  try {
    return parse(text);
  } catch (error) {
    throw configProblem(`Cannot read the config "${path}": ${(error as Error).message}`, "Correct the YAML");
  }
}

/**
 * The keys and values of a config written in YAML, not checked further.
 *
 * @throws Problem (config) when there is no such file, it is no YAML or it holds no keys
 */
export async function readYamlTree(path: string, hints: YamlHints): Promise<Record<string, unknown>> {
  const tree = await parseFile(path, hints.missing);
  if (typeof tree === "object" && tree !== null && !Array.isArray(tree)) {
    return tree as Record<string, unknown>;
  }
  throw configProblem(`Cannot read the config "${path}": it holds no ${hints.holds}`);
}
