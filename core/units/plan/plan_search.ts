import { join, normalize } from "@std/path";
import type { Experiment } from "../../experiment/experiment.ts";
import { confirmationSize } from "../../search/confirm_best.ts";
import { searchSettings } from "../../search/open_search.ts";
import type { SearchSettings } from "../../search/search_run.ts";
import { trialId } from "../../search/trial_store.ts";
import { digestSplits, type ImageDigest } from "../image_digest.ts";
import type { Unit } from "../unit.ts";
import { placeOf, taskOf } from "./plan_runs.ts";
import type { Planner } from "./planner.ts";

/** A search that is planned. */
interface PlannedSearch {
  readonly experiment: Experiment;
  readonly dir: string;
  readonly settings: SearchSettings;
  readonly images: Record<string, ImageDigest>;
}

/** What the tasks of a search's units have in common. */
function searchTask({ experiment, images }: PlannedSearch) {
  return { name: "search", ...taskOf(experiment), images } as const;
}

async function planTrials(planner: Planner, search: PlannedSearch): Promise<Unit[]> {
  const { experiment, dir, settings } = search, units: Unit[] = [];
  for (let trial = 0; trial <= settings.trials; trial++) {
    units.push(
      await planner.add({
        kind: "search_trial",
        title: `search ${dir}, trial ${trial}`,
        task: { ...searchTask(search), trial },
        outputs: [join(dir, "trials", `${trialId(trial)}.json`)],
        ...placeOf(experiment),
      }),
    );
  }
  return units;
}

async function planConfirmations(
  planner: Planner,
  search: PlannedSearch,
  needs: readonly Unit[],
): Promise<Unit[]> {
  const { experiment, dir, settings } = search, { trials } = settings, units: Unit[] = [];
  const { contenders, seeds } = confirmationSize(settings);
  for (let contender = 0; contender < contenders; contender++) {
    for (let seed = 0; seed < seeds; seed++) {
      units.push(
        await planner.add({
          kind: "search_confirmation",
          title: `search ${dir}, confirm contender ${contender}, seed ${seed}`,
          task: { ...searchTask(search), trials, contender, seed },
          needs,
          // Which policy it is, and so the file's name, depends on the trials.
          outputs: [],
          ...placeOf(experiment),
        }),
      );
    }
  }
  return units;
}

/**
 * Plans a search. The trials of a random search are units, for none depends on another; so are the trainings that confirm
 * the best, each of a contender by its rank. The trials of the other methods depend on those before: such a search is one
 * unit.
 */
export async function planSearch(planner: Planner, experiment: Experiment): Promise<Unit> {
  const settings = searchSettings(experiment.config, experiment.output);
  const dir = normalize(experiment.config.train.dir),
    images = await digestSplits(experiment, ["train", "val"]);
  const search = { experiment, dir, settings, images };
  const needs: Unit[] = [];
  if (settings.method === "random") {
    needs.push(...await planTrials(planner, search));
    needs.push(...await planConfirmations(planner, search, needs));
  } else {
    planner.notes.push(
      `search ${dir} is one unit: by ${settings.method} each trial depends on those before it`,
    );
  }
  const outputs = ["best_policy.data", "search.html"].map((file) => join(dir, file));
  const task = searchTask(search), title = `search ${dir}`;
  return await planner.add({ kind: "search", title, task, needs, outputs, ...placeOf(experiment) });
}
