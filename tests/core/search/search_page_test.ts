import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { confirmBest } from "../../../core/search/confirm_best.ts";
import { operationImportance } from "../../../core/search/page/operation_importance.ts";
import { applyPolicy, picturePairs } from "../../../core/search/page/picture_pairs.ts";
import { toRgb } from "../../../core/image/rgb.ts";
import { randomSearch, rankCandidates } from "../../../core/search/random_search.ts";
import { searchPage } from "../../../core/search/page/search_page.ts";
import { fakeRun } from "./fake_run.ts";

const folder = await Deno.makeTempDir();
const run = fakeRun(folder, { changes: { trials: 40, seeds: 3 } });
const trials = await randomSearch(run);
const verdict = await confirmBest(run, trials);

const inverting = {
  policy: [[["InvertImg", { p: 1 }]], [["Blur", { p: 0 }]]] as never,
  seed: 1,
  channels: 4,
  maxPixels: 1000,
  count: 2,
  augmentation: ([name]: readonly [string, unknown]) => ({
    sample: () => (name === "InvertImg" ? [] : null),
    apply: (pixels: { data: Uint8Array; height: number; width: number; channels: number }) => ({
      ...pixels,
      data: pixels.data.map((value) => 255 - value),
    }),
  }),
};

describe("importance of operations", () => {
  it("finds what the scores were made from", () => {
    const effects = new Map(operationImportance(rankCandidates(trials)).map((each) => [each.name, each]));
    assert(effects.get("InvertImg")!.effect < -2 * effects.get("InvertImg")!.error);
    assert(!effects.has("Blur") || Math.abs(effects.get("Blur")!.effect) < 0.02);
  });
});

describe("the page of a search", () => {
  it("holds charts, verdict and pictures and refers to nothing outside", () => {
    const pictures = [{ id: "<a>", before: "data:,1", after: "data:,2", caption: "Blur" }];
    const page = searchPage({
      title: "Search",
      scoreName: "macro F1",
      trainingScore: "macro F1",
      trials,
      keep: 5,
      verdict,
      summary: ["40 trials"],
      pictures,
    });
    assertEquals(page.match(/<svg/g)!.length, 3);
    assertEquals(page.match(/<circle/g)!.length, 2 * trials.length);
    assertStringIncludes(page, verdict!.chosen.contender.name);
    assertStringIncludes(page, "&lt;a&gt;");
    assert(!/NaN|Infinity|undefined/.test(page));
    assert(!/(src|href)="(?!data:)/.test(page));
  });

  it("can be drawn before the first candidate", () => {
    const page = searchPage({
      title: "Search",
      scoreName: "macro F1",
      trainingScore: "macro F1",
      trials: [],
      keep: 5,
      verdict: null,
      summary: [],
      pictures: [],
    });
    assertStringIncludes(page, "Too little to draw yet");
  });
});

describe("pictures of a policy", () => {
  const pixels = { data: Uint8Array.of(10, 20, 30, 40), height: 1, width: 1, channels: 4 };

  it("shows a draw in which something ran", () => {
    const { pixels: changed, ran } = applyPolicy(pixels, "a", inverting);
    assertEquals([...changed.data], [245, 235, 225, 215]);
    assertEquals(ran.map(([name]) => name), ["InvertImg"]);
    assertEquals([...pixels.data], [10, 20, 30, 40]);
  });

  it("shows yellow as red and green light", () => {
    assertEquals([...toRgb(pixels).data], [30, 40, 30]);
  });

  it("passes over broken pictures", async () => {
    const missing = { id: "a", source: "train" as const, files: [`${folder}/a.png`], labels: null };
    assertEquals(await picturePairs([missing], inverting), []);
  });
});
