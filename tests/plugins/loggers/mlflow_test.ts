import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { pathExists } from "../../../core/base/files.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import type { TrainOptions } from "../../../core/train/types.ts";
import { inFolder } from "../../_in_folder.ts";
import { recordsOf } from "../../core/train/_history.ts";
import { Listener, tinyConfig, tinyOptions } from "../../core/train/_tiny.ts";
import { type LocalMlflow, withMlflow } from "./_local_mlflow.ts";

await tf.setBackend("cpu");

/** A tiny training of three epochs that logs to a server, and its warnings. */
async function logged(dir: string, uri: string): Promise<{ options: TrainOptions; output: Listener }> {
  const config = tinyConfig(dir), output = new Listener();
  const loggers = ["tensorboard", { name: "mlflow", params: { uri, experiment: "cells" } }];
  return { options: await tinyOptions({ ...config, loggers }, {}, { output }), output };
}

function pathsOf({ calls }: LocalMlflow): string[] {
  return calls.map(({ path }) => path);
}

interface Metric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
}

/** The metrics that arrived, call by call. */
function metricsOf({ calls }: LocalMlflow): Metric[][] {
  return calls.flatMap(({ body }) => body.metrics === undefined ? [] : [body.metrics as unknown as Metric[]]);
}

describe("the mlflow logger", () => {
  it("makes experiment and run, sends the config and each epoch's scores, and ends the run", () =>
    withMlflow((service) =>
      inFolder(async (dir) => {
        const { options, output } = await logged(dir, service.uri);
        const { best } = await trainModel(options);
        assertEquals(output.warnings, []);
        const [batches, rest] = [
          service.calls.filter(({ path }) => path === "runs/log-batch"),
          pathsOf(service),
        ];
        assertEquals(rest.slice(0, 3), ["experiments/get-by-name", "experiments/create", "runs/create"]);
        assertEquals(service.calls[2]!.body.experiment_id, "7");
        assertEquals(rest.at(-1), "runs/update");
        assertEquals(service.calls.at(-1)!.body.status, "FINISHED");
        const params = batches.flatMap(({ body }) =>
          body.params as { key: string; value: string }[] | undefined ?? []
        );
        assert(params.some(({ key, value }) => key === "optimizer.params.lr" && value === "0.01"));
        const records = await recordsOf(dir), metrics = metricsOf(service);
        assertEquals(metrics.length, 3);
        for (const [index, { step, val, train }] of records.entries()) {
          const values = Object.fromEntries(metrics[index]!.map(({ key, value }) => [key, value]));
          assertEquals(values["val/f1"], val.macro_f1);
          assertEquals(values["val/f1_01"], val.f1![1]);
          assertEquals([values["train/epoch_loss"], values.epoch], [train.loss, index]);
          assertEquals(new Set(metrics[index]!.map((metric) => metric.step)), new Set([step]));
        }
        const tags = batches.at(-1)!.body.tags as { key: string; value: string }[];
        assertEquals(tags[0], { key: "podium.best_epoch", value: String(best!.epoch) });
      })
    ));

  it("goes on in the same run after a resume, and begins another one with fresh", () =>
    withMlflow((service) =>
      inFolder(async (dir) => {
        const { options } = await logged(dir, service.uri);
        await trainModel({ ...options, stopAfter: 1 });
        await trainModel(options);
        assertEquals(pathsOf(service).filter((path) => path === "runs/create").length, 1);
        const steps = metricsOf(service).map(([first]) => first!.step);
        assertEquals(steps, [5, 10, 15]);
        const before = service.calls.length;
        await trainModel(options);
        assertEquals(service.calls.length, before, "a finished run says nothing");
        await trainModel({ ...options, fresh: true, stopAfter: 1 });
        assertEquals(pathsOf(service).filter((path) => path === "runs/create").length, 2);
      })
    ));

  it("makes a new run where the server has lost its own", () =>
    withMlflow((service) =>
      inFolder(async (dir) => {
        const { options, output } = await logged(dir, service.uri);
        await trainModel({ ...options, stopAfter: 1 });
        service.forget();
        await trainModel({ ...options, stopAfter: 2 });
        assertEquals(output.warnings, []);
        assertEquals(pathsOf(service).filter((path) => path === "runs/create").length, 2);
      })
    ));

  it("tells of a server that refuses, once, and of what was lost; the training is the same", () =>
    withMlflow((service) =>
      inFolder(async (root) => {
        const plain = join(root, "plain"), dir = join(root, "logged");
        await trainModel(await tinyOptions(tinyConfig(plain)));
        service.broken = 500;
        const { options, output } = await logged(dir, service.uri);
        await trainModel(options);
        assertMatch(output.warnings[0]!, /mlflow cannot log: .* answered 500: <h1>Bad gateway/);
        // The start and three epochs; its end has no run to end.
        assertEquals(output.warnings.slice(1), ["mlflow lost 4 of its calls"]);
        const best = async (dir: string) => (await recordsOf(dir)).map(({ seconds: _, ...record }) => record);
        assertEquals(await best(dir), await best(plain));
        assertEquals(await pathExists(join(dir, "mlflow.json")), false);
      })
    ));

  it("logs from the moment on when the server comes up", () =>
    withMlflow((service) =>
      inFolder(async (dir) => {
        service.broken = 503;
        const { options } = await logged(dir, service.uri);
        await trainModel({ ...options, stopAfter: 1 });
        service.broken = undefined;
        await trainModel(options);
        assertEquals(metricsOf(service).map(([first]) => first!.step), [10, 15]);
      })
    ));

  it("does without a server that is not there", () =>
    inFolder(async (dir) => {
      const { options, output } = await logged(dir, "http://127.0.0.1:9");
      await trainModel(options);
      assertEquals(output.warnings.length, 2);
    }));
});
