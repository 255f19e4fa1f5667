import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { listFiles } from "../../core/base/files.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { trainModel } from "../../core/train/train_model.ts";
import { inFolder } from "../_in_folder.ts";
import { recordsOf } from "../core/train/_history.ts";
import { Listener, tinyConfig, tinyOptions } from "../core/train/_tiny.ts";

await tf.setBackend("cpu");
const registry = await loadPlugins([], ["loggers"]);

/** Files of a run that carry no time. */
async function outcome(dir: string): Promise<unknown> {
  const checkpoints = join(dir, "checkpoint");
  const names = (await listFiles(checkpoints)).filter((name) => !name.startsWith("resume"));
  const bytes = await Promise.all(names.map((name) => Deno.readFile(join(checkpoints, name))));
  const history = (await recordsOf(dir)).map(({ seconds: _seconds, ...record }) => record);
  return { names, bytes, history };
}

/** Trains with some loggers, in two parts. */
async function train(dir: string, loggers: readonly string[]): Promise<Listener> {
  const output = new Listener();
  const options = await tinyOptions({ ...tinyConfig(dir), loggers: [...loggers] }, {}, { output });
  await trainModel({ ...options, stopAfter: 1 });
  await trainModel(options);
  return output;
}

describe("loggers", () => {
  it("none at all leaves checkpoints and history as they are", () =>
    inFolder(async (root) => {
      await train(join(root, "none"), []);
      await train(join(root, "default"), ["tensorboard"]);
      assertEquals(await outcome(join(root, "none")), await outcome(join(root, "default")));
    }));

  for (const { name, durable, params } of registry.list("loggers")) {
    it(`${name}: changes nothing of a training, and says no more than a few words`, () =>
      inFolder(async (root) => {
        const [plain, logged] = [join(root, "plain"), join(root, "logged")];
        await train(plain, []);
        const { warnings } = await train(logged, [name]);
        assertEquals(await outcome(logged), await outcome(plain));
        // Nobody listens where loggers beside a training look for their servers: told and counted in each part.
        assert(warnings.length <= (durable ? 0 : 4), warnings.join("\n"));
      }));

    it(`${name}: has a default for every parameter`, () => {
      params.parse({});
    });

    if (!durable) continue;
    it(`${name}: what was logged after the resume point is gone when a run goes on from there`, () =>
      inFolder(async (dir) => {
        const { create } = registry.get("loggers", name);
        const signal = new AbortController().signal;
        const metric = { name: "accuracy", title: "accuracy", better: "higher" } as const;
        const run = { dir, name: "x.yml", config: {}, metric, epochs: 3, history: [], best: null };
        const record = (epoch: number) => ({
          epoch,
          step: 5 * epoch,
          learning_rate: 0.1,
          train: { loss: 1 },
          val: { loss: 1, accuracy: 0.5 },
          images: { train: 1, val: 1 },
          seconds: 1,
        });
        const best = { epoch: 0, score: 0.5 };
        const first = create({}, {});
        await first.start({ ...run, continues: false, saved: null }, signal);
        await first.epoch(record(0), best, signal);
        const saved = await first.position!();
        const files = () =>
          listFiles(dir).then((names) => names.map((name) => Deno.readFileSync(join(dir, name))));
        const atResumePoint = await files();
        await first.epoch(record(1), best, signal);
        await first.position!();
        const second = create({}, {});
        await second.start({ ...run, continues: true, saved: JSON.parse(JSON.stringify(saved)) }, signal);
        assertEquals(await second.position!(), saved);
        assertEquals(await files(), atResumePoint);
        await second.end({ status: "finished", best }, signal);
      }));
  }
});
