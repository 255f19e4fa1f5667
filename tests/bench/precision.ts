import { join } from "@std/path";
import type { Output } from "../../core/base/output.ts";
import { signed } from "../../core/report/signed.ts";
import type { BenchOptions } from "./options.ts";
import { measureStepMemory, type StepMemory } from "./step_memory.ts";
import { STUDIES, type Study } from "./precision_studies.ts";

const PRECISIONS = ["float32", "bfloat16"] as const;
const SEEDS = [0, 1, 2];

/** Scores of trainings that differ in their precision alone, seed by seed. */
export type PairedScores = Readonly<Record<typeof PRECISIONS[number], readonly number[]>>;

/** What bfloat16 changes, beside what another seed changes. */
export interface Comparison {
  /** Mean over the seeds of bfloat16's score less float32's. */
  readonly difference: number;
  /** Standard deviation of float32's scores over the seeds. */
  readonly spread: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Compares paired scores of two or more seeds. */
export function comparePrecisions({ float32, bfloat16 }: PairedScores): Comparison {
  const center = mean(float32);
  const squares = float32.reduce((sum, score) => sum + (score - center) ** 2, 0);
  return { difference: mean(bfloat16) - center, spread: Math.sqrt(squares / (float32.length - 1)) };
}

async function playStudy(study: Study, output: Output): Promise<PairedScores> {
  const cwd = join(Deno.cwd(), "results", "bench", "precision", study.name);
  await Deno.remove(cwd, { recursive: true }).catch(() => {});
  await Deno.mkdir(cwd, { recursive: true });
  await study.prepare(cwd);
  const scores = { float32: [] as number[], bfloat16: [] as number[] };
  const bar = output.progress(`${study.name}, trainings`, SEEDS.length * PRECISIONS.length);
  for (const seed of SEEDS) {
    for (const [place, precision] of PRECISIONS.entries()) {
      const set = [`train.precision=${precision}`, `eval.precision=${precision}`];
      scores[precision].push(await study.play(cwd, ["backend=tensorflow", `seed=${seed}`, ...set]));
      bar.update(PRECISIONS.length * seed + place + 1);
    }
  }
  bar.end();
  await Deno.remove(cwd, { recursive: true });
  return scores;
}

function scoreRow({ name, score }: Study, scores: PairedScores): string[] {
  const { difference, spread } = comparePrecisions(scores);
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(3)).join(", ");
  return [
    `${name}, ${score}`,
    list(scores.float32),
    list(scores.bfloat16),
    signed(difference),
    spread.toFixed(4),
    Math.abs(difference) < spread ? "yes" : "no",
  ];
}

/** What training and inference in bfloat16 change in hidden scores, and the memory of a step. */
export async function bench(
  _options: BenchOptions,
  output: Output,
): Promise<{ scores: Record<string, PairedScores>; memory: Record<string, StepMemory> }> {
  const scores: Record<string, PairedScores> = {};
  for (const study of STUDIES) scores[study.name] = await playStudy(study, output);
  output.line(`backend tensorflow, seeds ${SEEDS.join(", ")}`);
  output.table(
    ["study", ...PRECISIONS, "mean difference", "spread of seeds", "below it"],
    STUDIES.map((study) => scoreRow(study, scores[study.name]!)),
  );
  output.line();
  return { scores, memory: await measureStepMemory(output) };
}
