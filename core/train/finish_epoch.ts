import type { Json } from "../base/json.ts";
import { appendJsonLine } from "../formats/json_lines.ts";
import { saveWeights } from "../run_folder/checkpoint.ts";
import { decisiveConfig } from "../run_folder/config_changes.ts";
import type { Evaluation } from "./evaluate.ts";
import { Tally } from "./tally.ts";
import { groupSize } from "./learner.ts";
import { type Run, saveRun } from "./run.ts";
import { bestPath, epochPath, pruneCheckpoints } from "../run_folder/run_folder.ts";
import type { EpochRecord } from "./types.ts";

/** The end of an epoch: its validation and how long it took. */
export interface EpochEnd extends Evaluation {
  readonly seconds: number;
  /** Share of the training time, without validation, in which no images were there to learn from. */
  readonly waiting: number;
}

/**
 * Closes the epoch under way: checkpoint, history, events, then the resume point. Before that last write the epoch
 * counts as not done, and doing it again gives the same files. A running mean that was validated is saved as the
 * checkpoint and taken out of the model again.
 */
export async function finishEpoch(run: Run, end: EpochEnd): Promise<void> {
  const { progress, folder, options } = run;
  const record = recordOf(run, end);
  run.scheduler.observe(record.val.macro_f1);
  const isBest = !progress.best || record.val.macro_f1 > progress.best.score;
  if (isBest) progress.best = { epoch: record.epoch, score: record.val.macro_f1 };
  await saveEpoch(run, record, isBest);
  run.average?.swap();
  await appendJsonLine(folder.history, record as unknown as Json);
  run.history.push(record);
  addEvents(run, record);
  Object.assign(progress, { epoch: record.epoch + 1, batch: 0 });
  run.tally = new Tally(run.tally.classes, run.tally.activation);
  await saveRun(run);
  options.output.line(describeEpoch(run, record, end));
  options.onEpoch?.(record, end.waiting);
}

function recordOf(run: Run, end: EpochEnd): EpochRecord {
  const { epoch } = run.progress;
  const lastStep = Math.ceil(run.loaders.train.batchCount / groupSize(run.options)) - 1;
  return {
    epoch,
    step: run.optimizer.steps,
    learning_rate: run.scheduler.learningRate({ epoch, step: lastStep }),
    train: run.tally.metrics(),
    val: end.metrics,
    images: { train: run.tally.examples, val: end.images },
    seconds: Number(end.seconds.toFixed(3)),
  };
}

async function saveEpoch(run: Run, record: EpochRecord, isBest: boolean): Promise<void> {
  const { folder, progress, options } = run;
  const { epoch, step, val } = record;
  const paths = [epochPath(folder, epoch), ...(isBest ? [bestPath(folder, epoch)] : [])];
  const { f1: _f1, ...metrics } = val;
  await saveWeights(run.model, paths, { epoch, step, metrics, config: decisiveConfig(options.config) });
  await pruneCheckpoints(folder, { keep: options.config.checkpoint.keep, best: progress.best!.epoch });
}

function addEvents(run: Run, { step, val, train, learning_rate }: EpochRecord): void {
  const perClass = val.f1.map((f1, label) => [`val/f1_${String(label).padStart(2, "0")}`, f1] as const);
  run.events.add(step, {
    "train/learning_rate": learning_rate,
    "train/epoch_loss": train.loss,
    "train/macro_f1": train.macro_f1,
    "val/loss": val.loss,
    "val/acc": val.accuracy,
    "val/f1": val.macro_f1,
    "val/f1_occurring": val.macro_f1_occurring,
    ...Object.fromEntries(perClass),
  });
}

function describeEpoch(
  run: Run,
  { epoch, train, val, seconds }: EpochRecord,
  { waiting }: EpochEnd,
): string {
  const best = run.progress.best!;
  const place = best.epoch === epoch ? "best so far" : `best ${best.score.toFixed(4)} in epoch ${best.epoch}`;
  return `epoch ${epoch}: loss ${train.loss.toFixed(4)}, validation loss ${val.loss.toFixed(4)}, ` +
    `macro F1 ${val.macro_f1.toFixed(4)} (${place}), accuracy ${val.accuracy.toFixed(4)}, ${
      seconds.toFixed(1)
    } s, ${(100 * waiting).toFixed(1)} % of training waited for images`;
}
