import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { SilentOutput } from "../../../core/base/output.ts";
import { Problem } from "../../../core/base/problem.ts";
import { choosePrecision, withTrainPrecision } from "../../../core/experiment/choose_precision.ts";
import type { Experiment } from "../../../core/experiment/experiment.ts";
import type { Precision } from "../../../core/plugin/contracts.ts";
import { defineBackend } from "../../../core/plugin/define.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { tinyConfig, tinyExperiment } from "../train/_tiny.ts";

await tf.setBackend("cpu");

/** Keeps the lines that it is told. */
class Lines extends SilentOutput {
  readonly lines: string[] = [];

  override line(text: string): void {
    this.lines.push(text);
  }
}

function backend(name: string, precisions: readonly Precision[] | null) {
  return defineBackend({
    name,
    about: "A backend of a test",
    params: z.strictObject({}),
    rank: 0,
    create: () => ({
      unavailable: () => Promise.resolve(null),
      start: () => Promise.resolve(""),
      ...(precisions && { precisions: () => precisions }),
    }),
  });
}

/** An experiment on the backend "cpu" with these precisions, beside a backend "other" that may have some. */
async function experimentWith(
  precisions: readonly Precision[] | null,
  wanted: { train?: string; eval?: string },
): Promise<{ experiment: Experiment; output: Lines }> {
  const registry = await loadPlugins([], []);
  registry.add(backend("cpu", precisions), "cpu.ts");
  registry.add(backend("other", ["float32"]), "other.ts");
  const sections = Object.entries(wanted).map(([key, precision]) => [key, { precision }] as const);
  const output = new Lines();
  const config = tinyConfig("unused", Object.fromEntries(sections));
  return { experiment: await tinyExperiment(config, { registry, output }), output };
}

describe("choosePrecision", () => {
  it("takes what the config names where the backend has it, and says nothing", async () => {
    const wanted = { train: "float16", eval: "bfloat16" };
    const { experiment, output } = await experimentWith(["float32", "float16", "bfloat16"], wanted);
    assertEquals([choosePrecision(experiment, "train"), choosePrecision(experiment, "eval")], [
      "float16",
      "bfloat16",
    ]);
    assertEquals(output.lines, []);
  });

  it("computes in float32 by default, on every backend", async () => {
    for (const precisions of [null, ["bfloat16", "float32"] as const]) {
      const { experiment, output } = await experimentWith(precisions, {});
      assertEquals(choosePrecision(experiment, "train"), "float32");
      assertEquals(output.lines, []);
    }
  });

  it("takes for auto what the backend names first, and says so in one line", async () => {
    const wanted = { train: "auto", eval: "auto" };
    const fast = await experimentWith(["bfloat16", "float32"], wanted);
    assertEquals(choosePrecision(fast.experiment, "train"), "bfloat16");
    assertEquals(fast.output.lines, ["train.precision: bfloat16 (auto)"]);
    const plain = await experimentWith(null, wanted);
    assertEquals(choosePrecision(plain.experiment, "eval"), "float32");
    assertEquals(plain.output.lines, ["eval.precision: float32 (auto)"]);
  });

  it("refuses what the backend does not have: what it has, and which backends may have it", async () => {
    const { experiment } = await experimentWith(["float32", "float16"], { eval: "bfloat16" });
    const error = assertThrows(() => choosePrecision(experiment, "eval"), Problem);
    assertEquals(error.exitCode, 2);
    assertStringIncludes(error.message, 'eval.precision: bfloat16: the backend "cpu"');
    assertStringIncludes(error.message, "computes in float32, float16 on this machine");
    assert(/cpu, other/.test(error.next!), error.next);
    const bare = await experimentWith(null, { train: "float16" });
    const refused = await assertRejects(() => withTrainPrecision(bare.experiment), Problem);
    assert(/: other \(/.test(refused.next!), refused.next);
  });
});

describe("withTrainPrecision", () => {
  it("settles auto once, so that the resume file has the precision itself", async () => {
    const { experiment, output } = await experimentWith(["bfloat16", "float32"], { train: "auto" });
    const settled = await withTrainPrecision(experiment);
    assertEquals(settled.config, {
      ...experiment.config,
      train: { ...experiment.config.train, precision: "bfloat16" },
    });
    assertEquals([choosePrecision(settled, "train"), output.lines.length], ["bfloat16", 1]);
  });
});
