import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { listFiles } from "../../../core/base/files.ts";
import { Problem } from "../../../core/base/problem.ts";
import { PAGE_FILE, PageLogger } from "../../../core/run_page/page_logger.ts";
import { RememberedWarnings } from "../../../core/run_page/remembered_warnings.ts";
import { runPage } from "../../../core/run_page/run_page.ts";
import { secondsLeft } from "../../../core/run_page/run_state.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import type { TrainOptions } from "../../../core/train/types.ts";
import { inFolder } from "../../_in_folder.ts";
import { Listener, signalOf, tinyConfig, tinyOptions } from "../train/_tiny.ts";
import { runState } from "./_run_state.ts";

await tf.setBackend("cpu");

/** The cell beside a row's header. */
function cell(page: string, name: string): string | undefined {
  return page.match(new RegExp(`<th scope="row">${name}</th><td>([^<]*)</td>`))?.[1];
}

describe("runPage()", () => {
  it("tells where a training is, how long it takes, its best epoch and its config", () => {
    const page = runPage(runState(12));
    assertEquals(cell(page, "state"), "running, 12 of 40 epochs done");
    assertEquals(cell(page, "best epoch"), "11: macro F1 0.8231");
    assertEquals(cell(page, "time left"), "14 min 0 s at most");
    assertEquals(cell(page, "written"), "2026-01-02 03:04:05 UTC");
    assertEquals(cell(page, "train.batch_size"), "16");
    assertMatch(page, /<title>running, 12 of 40 epochs done · macro F1 0.8231 · results\/cells<\/title>/);
  });

  it("is there before the first epoch, and says how it ended", () => {
    assertEquals(cell(runPage(runState(0)), "best epoch"), "none yet");
    const failed = runPage(runState(3, { end: { status: "failed", best: null, reason: "the loss is NaN" } }));
    assertEquals(cell(failed, "state"), "failed after 3 of 40 epochs");
    assertEquals(cell(failed, "reason"), "the loss is NaN");
    assertEquals(cell(failed, "time left"), undefined);
  });

  it("asks nothing of the network, and takes names and warnings for text", () => {
    const warnings = [{ time: new Date(0), text: "<script>alert(1)</script>" }];
    const page = runPage(runState(3, { dir: 'results/<img src="//a">', warnings }));
    assert(!/<(script|img|link|iframe)|\s(src|href)="|url\(/.test(page));
    assertEquals(
      page.match(/https?:\/\/[^" ]+/g)?.every((url) => url === "http://www.w3.org/2000/svg"),
      true,
    );
    assertStringIncludes(page, "1970-01-01 00:00:00 UTC: &lt;script&gt;alert(1)&lt;/script&gt;");
  });

  it("stays small over thousands of epochs", () => {
    const size = runPage(runState(5000, { epochs: 5000 })).length;
    assert(size < 60_000, String(size));
  });

  it("shows what is no number as such", () => {
    const state = runState(2), [first, second] = state.history;
    const diverged = { ...second!, learning_rate: null as unknown as number, val: { loss: NaN } };
    const page = runPage({ ...state, history: [first!, diverged] });
    assertMatch(page, /<td[^>]*>0.5000<\/td><td[^>]*>–<\/td><td[^>]*>–<\/td><td[^>]*>–<\/td>/);
  });
});

Deno.test("the last ten warnings are remembered, and all are passed on", () => {
  const listener = new Listener(), output = new RememberedWarnings(listener);
  for (let i = 0; i < 25; i++) output.warn(`warning ${i}`);
  assertEquals(listener.warnings.length, 25);
  assertEquals(output.last.map(({ text }) => text), listener.warnings.slice(15));
});

Deno.test("secondsLeft() takes the last epochs for the next ones", () => {
  const { history } = runState(10);
  const slower = history.map((record) => ({ ...record, seconds: record.epoch < 5 ? 1000 : 10 }));
  assertEquals(secondsLeft({ history: slower, epochs: 13 }), 30);
  assertEquals(secondsLeft({ history: [], epochs: 13 }), null);
  assertEquals(secondsLeft({ history, epochs: null }), null);
});

/** A tiny training that writes its page, as the task does. */
async function paged(dir: string, changes: Partial<TrainOptions> = {}): Promise<TrainOptions> {
  const output = new RememberedWarnings(new Listener());
  const options = await tinyOptions(tinyConfig(dir), {}, { output });
  const logger = new PageLogger(() => output.last);
  output.warn("a warning of the data");
  return { ...options, loggers: [{ name: PAGE_FILE, durable: false, logger }], ...changes };
}

async function readPage(dir: string): Promise<string> {
  return await Deno.readTextFile(join(dir, PAGE_FILE));
}

describe("the page of a run folder", () => {
  it("shows the epochs before a resume, and each new one", () =>
    inFolder(async (dir) => {
      const { history, best, metric } = runState(3), [before, next] = [history.slice(0, 2), history[2]!];
      const run = { dir, name: "cells.yml", config: {}, metric: metric!, epochs: 40, history: before, best };
      const logger = new PageLogger(() => []);
      await logger.start({ ...run, continues: true, saved: null });
      assertEquals(cell(await readPage(dir), "state"), "running, 2 of 40 epochs done");
      await logger.epoch(next, { epoch: 2, score: 0.75 });
      assertEquals(cell(await readPage(dir), "state"), "running, 3 of 40 epochs done");
      assertEquals(cell(await readPage(dir), "best epoch"), "2: macro F1 0.7500");
    }));

  it("is told of an interrupt, and right again after what a kill left", () =>
    inFolder(async (dir) => {
      let looks = 0;
      const signal = signalOf(() => ++looks > 11);
      await trainModel(await paged(dir, { signal })).then(() => assert(false), (error) => {
        assert(error instanceof Problem && error.kind === "interrupted", String(error));
      });
      const interrupted = await readPage(dir);
      assertEquals(cell(interrupted, "state"), "interrupted; the same command goes on after 1 of 3 epochs");
      assertStringIncludes(interrupted, "a warning of the data");
      await Deno.writeTextFile(join(dir, PAGE_FILE), "what a kill left");
      await trainModel(await paged(dir));
      const page = await readPage(dir);
      assertEquals(cell(page, "state"), "finished after 3 of 3 epochs");
      assertMatch(
        page,
        /Last epochs.*<td class="number">2<\/td>.*<td class="number">1<\/td>.*<td class="number">0<\/td>/s,
      );
      assertEquals((await listFiles(dir)).filter((name) => name.endsWith(".part")), []);
    }));

  it("that cannot be written costs a warning, not the training", () =>
    inFolder(async (dir) => {
      await Deno.mkdir(join(dir, PAGE_FILE, "in the way"), { recursive: true });
      const { history } = await trainModel(await paged(dir));
      assertEquals(history.length, 3);
    }));
});
