import { dirname, join } from "@std/path";
import { readTextFile } from "../base/files.ts";
import { configProblem } from "../base/problem.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { splitWeightOptions } from "../weights/weight_options.ts";
import { BACKEND_NAME } from "../tensorflow/backend.ts";
import { type BundleFile, pathInside } from "./bundle_file.ts";

/** A file of the working folder as it lies there. */
export function runFile(path: string): BundleFile {
  const inside = pathInside(path);
  if (inside !== null) return { path: inside, part: "runs", content: { file: inside } };
  throw configProblem(
    `Cannot bundle "${path}": it lies outside the working folder "${Deno.cwd()}"`,
    "Copy it into the working folder, and name it there",
  );
}

async function isFile(path: string): Promise<boolean> {
  if (pathInside(path) === null) return false;
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    // Most texts of a config name no file, and some can be none.
    return false;
  }
}

/** All texts in a tree of values. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The files inside the working folder that texts name, by themselves or as those of a layout do in `dataDir`. */
export async function filesAmong(texts: readonly string[], dataDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const text of new Set(texts)) {
    if (text === "" || text.includes("\0")) continue;
    for (const path of [text, join(dataDir, text)]) if (await isFile(path)) found.push(path);
  }
  return found;
}

/** The files that a config names: policies, class lists. */
async function namedFiles({ config }: Experiment): Promise<string[]> {
  const { data, model, ...others } = config;
  // Pretrained weights are where training begins; the checkpoint has taken their place.
  return await filesAmong(textsIn([others, splitWeightOptions(model.params).params, data]), data.dir);
}

/** Imports of files, and files that are found beside a module, in a module's text. */
const BESIDE = /(?:\b(?:from|import)\s*\(?\s*|new URL\(\s*)["'](\.{1,2}\/[^"']+)["']/g;

/** Plugin files and what they import of the working folder, but for what `held` says is in the bundle already. */
export async function pluginFiles(
  paths: readonly string[],
  held: (path: string) => boolean,
): Promise<string[]> {
  const found = new Set<string>();
  const waiting = [...paths];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const inside = pathInside(path);
    if (inside === null || found.has(inside) || held(inside) || !await isFile(inside)) continue;
    found.add(inside);
    const text = await readTextFile(inside, "Correct `plugins:` in the config");
    waiting.push(...[...text.matchAll(BESIDE)].map((match) => join(dirname(inside), match[1]!)));
  }
  return [...found];
}

/** Opens what inference with a config opens beside its weights, so that what is missing is told here and not offline. */
async function checkInference(experiment: Experiment, tensorflow: boolean): Promise<void> {
  if (experiment.config.backend === BACKEND_NAME && !tensorflow) {
    throw configProblem(
      `Cannot bundle "${experiment.path}": its backend is ${BACKEND_NAME}, which is not in the bundle`,
      "Add --with_tensorflow, or write backend: auto in the config",
    );
  }
  await experiment.transform("val");
}

/**
 * The files that inference with a config needs: the config, the files that it names, its plugins.
 *
 * @param tensorflow whether the bundle has TensorFlow's library
 * @param held whether the bundle already has a file at a path
 * @throws a config problem when a file lies outside the working folder; what is missing as the tasks tell it
 */
export async function configFiles(
  experiment: Experiment,
  { tensorflow, held }: { readonly tensorflow: boolean; readonly held: (path: string) => boolean },
): Promise<BundleFile[]> {
  await checkInference(experiment, tensorflow);
  const plugins = await pluginFiles(experiment.config.plugins, held);
  return [experiment.path, ...await namedFiles(experiment), ...plugins].map(runFile);
}
