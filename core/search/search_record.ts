import { join } from "@std/path";
import { shortChoice } from "../config/plugin_choice.ts";
import type { Config } from "../config/schema.ts";
import { pathExists, writeFileAtomic } from "../base/files.ts";
import type { Json } from "../base/json.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { configChanges, decisiveConfig, shownValue } from "../run_folder/config_changes.ts";
import type { SearchSettings } from "./search_run.ts";
import type { OperationSpace } from "./policy/operation_space.ts";
import { readText } from "../base/read_file.ts";

/**
 * The settings that determine the trials of a search. The number of trials, of kept policies, and the confirmation
 * settings may change between runs, so that a finished search can be extended.
 */
function decisiveParts(config: Config, settings: SearchSettings, spaces: readonly OperationSpace[]): Json {
  const {
    trials: _trials,
    keep: _keep,
    seeds: _seeds,
    confirm: _confirm,
    confirm_epochs: _epochs,
    operations: _operations,
    space: _space,
    metric,
    ...others
  } = settings;
  // Null is left out so that searches from before the key existed go on unchanged.
  const search = metric === null ? others : { ...others, metric: shortChoice(metric) };
  const parts = { ...decisiveConfig(config) as Record<string, Json>, search, operations: spaces };
  return JSON.parse(JSON.stringify(parts)) as Json;
}

async function readRecord(path: string): Promise<Json> {
  try {
    return JSON.parse(await readText(path, "text")) as Json;
  } catch (error) {
    throw dataProblem(`Cannot read "${path}": ${(error as Error).message}`, "Start over with --fresh");
  }
}

/** Records the settings of a search; throws when the folder holds trials of other settings. */
export async function checkSearchRecord(
  dir: string,
  config: Config,
  { settings, spaces }: { readonly settings: SearchSettings; readonly spaces: readonly OperationSpace[] },
): Promise<void> {
  const path = join(dir, "search.json");
  const now = decisiveParts(config, settings, spaces);
  if (!(await pathExists(path))) return await writeFileAtomic(path, JSON.stringify(now, null, 2) + "\n");
  const changes = configChanges(await readRecord(path), now).map(({ key, before, after }) =>
    `  ${key}: ${shownValue(before)} then, ${shownValue(after)} now`
  );
  if (changes.length === 0) return;
  throw configProblem(
    `Cannot go on with the search in "${dir}", its trials were made otherwise:\n${changes.join("\n")}`,
    "Set the values back, name another train.dir, or start over with --fresh",
  );
}

/** Deletes the files of a search: trials, confirmations, networks, record and results. Other files are kept. */
export async function clearSearch(dir: string): Promise<void> {
  for (const name of ["trials", "confirm", "network", "search.json", "search.html", "best_policy.data"]) {
    const path = join(dir, name);
    if (await pathExists(path)) await Deno.remove(path, { recursive: true });
  }
}
