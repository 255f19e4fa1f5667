import { join } from "@std/path";
import { readFile } from "../base/read_file.ts";
import { pathExists } from "../base/files.ts";
import { configProblem, dataProblem, Problem } from "../base/problem.ts";
import { readPth } from "./pth.ts";
import { readSafetensors, type StoredTensor } from "./safetensors.ts";

/** Where `download_weights` puts files of the Hugging Face hub, one folder per repository. */
export const WEIGHTS_FOLDER = join("data", "weights");

const HUB = "hf:";
const REPOSITORY = /^[\w-][\w.-]*\/[\w-][\w.-]*$/;

/**
 * The repository that `hf:<organisation>/<name>` names, or null for a path.
 *
 * @throws Problem (config) when what follows `hf:` is no repository
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(hubRepository("hf:timm/resnet34.a1_in1k"), "timm/resnet34.a1_in1k");
 * assertEquals(hubRepository("weights/resnet34.pth"), null);
 * assertThrows(() => hubRepository("hf:../secret"));
 * ```
 */
export function hubRepository(source: string): string | null {
  if (!source.startsWith(HUB)) return null;
  const repository = source.slice(HUB.length);
  if (!REPOSITORY.test(repository)) {
    throw configProblem(
      `Cannot use the weights "${source}": write hf:<organisation>/<name>, such as hf:timm/resnet34.a1_in1k`,
    );
  }
  return repository;
}

/** The file that a source of weights names: a path, or the downloaded file of a hub repository. */
export function weightPath(source: string, folder: string = WEIGHTS_FOLDER): string {
  const repository = hubRepository(source);
  return repository === null ? source : join(folder, repository, "model.safetensors");
}

/**
 * Reads the weights that a source names: a safetensors file, a PyTorch file (zip or old format), or `hf:...` after
 * `deno task download_weights hf:...`.
 *
 * @returns tensors by name, in PyTorch's layout
 * @throws Problem when the file is missing or broken
 */
export async function readWeightFile(
  source: string,
  folder: string = WEIGHTS_FOLDER,
): Promise<Map<string, StoredTensor>> {
  const path = weightPath(source, folder);
  if (!(await pathExists(path))) {
    const next = path === source
      ? "Correct model.params.pretrained"
      : `Run: deno task download_weights ${source}`;
    throw dataProblem(`Cannot read the weights "${source}": there is no ${path}`, next);
  }
  const bytes = await readFile(path, "weights");
  try {
    return isPth(bytes) ? readPth(bytes) : readSafetensors(bytes).tensors;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.kind, `Cannot read the weights "${path}": ${error.message}`, error.next);
  }
}

/** A zip archive, or a pickle: a safetensors header of that length would be larger than its limit. */
function isPth(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x50 && bytes[1] === 0x4b) || (bytes[0] === 0x80 && bytes[1] === 0x02);
}
