import { assert, assertEquals } from "@std/assert";
import { searchCost } from "../../../core/search/page/search_cost.ts";
import { confirmationEpochs, contenders } from "../../../core/search/confirm_best.ts";
import { halvingRungs } from "../../../core/search/halving_search.ts";
import { newTrial } from "../../../core/search/run_trial.ts";
import type { ImagePasses } from "../../../core/search/search_run.ts";
import { fakeRun, settings } from "./fake_run.ts";

/** Upstream's two small folds and its 60 epochs. */
const FULL = { train: 5664, val: 5653, epochs: 60 };

function trainings(epochs: number): ImagePasses {
  return { train: epochs * FULL.train, forward: epochs * FULL.val };
}

/** What the confirmation of a method takes with the defaults. */
function confirmation(method: "density_matching" | "halving"): ImagePasses {
  const run = { ...fakeRun("unused", { changes: { method } }), epochs: FULL.epochs };
  const found = Array.from({ length: 9 }, (_, index) => ({
    ...newTrial({ id: String(index), policy: [[["Blur", { p: index / 9 }]]], seed: 0 }),
    status: "done" as const,
    score: index,
  }));
  return trainings(contenders(run, found).length * run.settings.seeds * confirmationEpochs(run));
}

Deno.test("density matching takes at most a tenth of the image passes of 51 full trainings", () => {
  const { trials, draws, held_out } = settings({ method: "density_matching" });
  const judged = { train: 0, forward: (trials + 1) * draws * held_out };
  const cost = searchCost([trainings(FULL.epochs), judged, confirmation("density_matching")], FULL);
  assert(cost.share <= 0.1, String(cost.share));
  assert(cost.weightedShare <= 0.1, String(cost.weightedShare));
});

Deno.test("successive halving takes at most a fifth of upstream's epochs, confirmation included", () => {
  const rungs = halvingRungs({ trials: 50, epochs: FULL.epochs });
  const epochs = rungs.map((rung, i) => rung.candidates * (rung.epochs - (rungs[i - 1]?.epochs ?? 0)));
  const all = [...epochs, FULL.epochs].map(trainings);
  assert(searchCost([...all, confirmation("halving")], FULL).share <= 0.2);
});

Deno.test("51 full trainings cost as much as upstream's search", () => {
  assertEquals(searchCost([trainings(51 * FULL.epochs)], FULL).share, 1);
});
