import process from "node:process";
import type { Output } from "../../core/base/output.ts";
import { nestedScores } from "../../core/ensemble/nested_scores.ts";
import { macroF1Scoring } from "../../core/ensemble/scoring/macro_f1_scoring.ts";
import type { BenchOptions } from "./options.ts";
import { drawEnsemble } from "./simulated_ensembles.ts";

const ROWS = 100_000, MODELS = 20;

/** What choosing an ensemble cost. */
export interface EnsembleCost {
  readonly rows: number;
  readonly models: number;
  readonly classes: number;
  readonly seconds: number;
  /** Processor time of all threads, which other programs do not lengthen. */
  readonly processorSeconds: number;
  /** Most memory of the process, the predictions (float64) included. */
  readonly peakBytes: number;
  readonly chosen: string;
}

/** Most memory that the process ever held, in bytes; what it holds now where that is not known. */
async function peakBytes(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  const peak = /VmHWM:\s+(\d+)/.exec(status);
  return peak ? 1024 * Number(peak[1]) : Deno.memoryUsage().rss;
}

/** Measures the choice of an ensemble by nested macro F1 on as many pictures and models as anyone has. */
export async function bench(_options: BenchOptions, output: Output): Promise<EnsembleCost> {
  const { classes, labelled } = drawEnsemble(0, { models: MODELS, labelled: ROWS, unseen: 1000 });
  const [start, before] = [performance.now(), process.cpuUsage()];
  const { chosen } = nestedScores({
    ...labelled,
    classes,
    target: "class_set",
    scoring: macroF1Scoring(),
    seed: 0,
    unseenRows: null,
  });
  const { user, system } = process.cpuUsage(before);
  const cost = {
    rows: ROWS,
    models: MODELS,
    classes,
    seconds: (performance.now() - start) / 1000,
    processorSeconds: (user + system) / 1e6,
    peakBytes: await peakBytes(),
    chosen,
  };
  output.line(`${ROWS} rows, ${classes} classes, ${MODELS} models: ${chosen} chosen`);
  output.table(["wall", "processor", "peak memory"], [[
    `${cost.seconds.toFixed(1)} s`,
    `${cost.processorSeconds.toFixed(1)} s`,
    `${Math.round(cost.peakBytes / 1e6)} MB`,
  ]]);
  return cost;
}
