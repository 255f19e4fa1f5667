import type { NamedMetric } from "../experiment/experiment.ts";
import type { Json } from "../base/json.ts";
import { appendJsonLine } from "../formats/json_lines.ts";
import { saveWeights } from "../run_folder/checkpoint.ts";
import { decisiveConfig } from "../run_folder/config_changes.ts";
import type { Evaluation } from "./evaluate.ts";
import { Tally } from "./tally.ts";
import { accumulationSteps } from "./learner.ts";
import { type Run, saveRun } from "./run.ts";
import { bestPath, epochPath, pruneCheckpoints } from "../run_folder/run_folder.ts";
import type { EpochRecord } from "./types.ts";

/** Validation result and timing of a finished epoch. */
export interface EpochEnd extends Evaluation {
  readonly seconds: number;
  /** Share of the training time (without validation) spent waiting for data. */
  readonly waiting: number;
}

/**
 * Finishes the current epoch: writes the checkpoint, history, what durable loggers have, and last the resume file. Until the resume file
 * is written the epoch counts as unfinished; repeating it gives the same files. With EMA the averaged weights are saved
 * as the checkpoint and then swapped out of the model again.
 */
export async function finishEpoch(run: Run, end: EpochEnd): Promise<void> {
  const { progress, folder, options } = run;
  const record = recordOf(run, end);
  const { score } = end;
  run.scheduler.observe(score);
  const isBest = !progress.best || isBetter(run.metric, score, progress.best.score);
  if (isBest) progress.best = { epoch: record.epoch, score };
  await saveEpoch(run, record, isBest);
  run.average?.swap();
  await appendJsonLine(folder.history, record as unknown as Json);
  run.history.push(record);
  await run.loggers.write(record, progress.best!);
  Object.assign(progress, { epoch: record.epoch + 1, batch: 0 });
  run.tally = new Tally(run.tally.classes, run.tally.activation);
  await saveRun(run);
  run.loggers.tell(record, progress.best!);
  options.experiment.output.line(describeEpoch(run, record, end));
  options.onEpoch?.(record, end.waiting);
}

function isBetter({ better }: NamedMetric, score: number, other: number): boolean {
  return better === "higher" ? score > other : score < other;
}

function recordOf(run: Run, end: EpochEnd): EpochRecord {
  const { epoch } = run.progress;
  const lastStep = Math.ceil(run.loaders.train.batchCount / accumulationSteps(run.options)) - 1;
  return {
    epoch,
    step: run.optimizer.steps,
    learning_rate: run.scheduler.learningRate({ epoch, step: lastStep }),
    train: run.tally.scores(),
    val: end.scores,
    images: { train: run.tally.examples, val: end.images },
    seconds: Number(end.seconds.toFixed(3)),
  };
}

async function saveEpoch(run: Run, record: EpochRecord, isBest: boolean): Promise<void> {
  const { folder, progress } = run;
  const { config } = run.options.experiment;
  const { epoch, step, val } = record;
  const paths = [epochPath(folder, epoch), ...(isBest ? [bestPath(folder, epoch)] : [])];
  const { f1: _f1, ...metrics } = val;
  await saveWeights(run.model, paths, {
    epoch,
    step,
    metrics: metrics as Json,
    config: decisiveConfig(config),
    trainedSplit: run.trainedSplit,
    teachers: run.teachers,
  });
  await pruneCheckpoints(folder, { keep: config.checkpoint.keep, best: progress.best!.epoch });
}

function describeEpoch(
  run: Run,
  { epoch, train, val, seconds }: EpochRecord,
  { score, waiting }: EpochEnd,
): string {
  const best = run.progress.best!;
  const place = best.epoch === epoch ? "best so far" : `best ${best.score.toFixed(4)} in epoch ${best.epoch}`;
  return [
    `epoch ${epoch}: loss ${train.loss.toFixed(4)}`,
    `validation loss ${val.loss.toFixed(4)}`,
    `${run.metric.title} ${score.toFixed(4)} (${place})`,
    ...(val.accuracy === undefined || run.metric.name === "accuracy"
      ? []
      : [`accuracy ${val.accuracy.toFixed(4)}`]),
    `${seconds.toFixed(1)} s`,
    `${(100 * waiting).toFixed(1)} % of training waited for images`,
  ].join(", ");
}
