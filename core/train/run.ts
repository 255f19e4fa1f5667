import { pathExists } from "../base/files.ts";
import type { Json } from "../base/json.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { writeJsonLines } from "../formats/json_lines.ts";
import { type LoggerPositions, RunLoggers } from "../logging/run_loggers.ts";
import { checkConfigChanges, decisiveConfig } from "../run_folder/config_changes.ts";
import type { TrainedSplit } from "../layout/trained_split.ts";
import { AVERAGE_PREFIX } from "../optim/weight_average.ts";
import { readHistory } from "./history.ts";
import { disposeLearner, type Learner, makeLearner } from "./learner.ts";
import { closeLoaders, openLoaders } from "./open_loaders.ts";
import { Tally } from "./tally.ts";
import { readResume, type ResumeState, writeResume } from "../run_folder/resume_file.ts";
import { splitOfRun } from "../run_folder/run_split.ts";
import { splitWeightOptions } from "../weights/weight_options.ts";
import { clearRun, removeHalfWritten, type RunFolder, runFolder } from "../run_folder/run_folder.ts";
import { joinTeachers, type Teacher, teachersOf } from "../predictions/teachers.ts";
import type { EpochRecord, TrainLoaders, TrainOptions } from "./types.ts";

/** Position in a training run; saved to the resume file with the weights. */
export interface RunProgress {
  /** The current epoch, from 0. */
  epoch: number;
  /** Index of the next batch in the current epoch. */
  batch: number;
  best: { readonly epoch: number; readonly score: number } | null;
}

/** The complete state of a training run. */
export interface Run extends Learner {
  readonly options: TrainOptions;
  readonly folder: RunFolder;
  readonly loaders: TrainLoaders;
  readonly loggers: RunLoggers;
  /** Running scores of the current epoch. */
  tally: Tally;
  readonly history: EpochRecord[];
  readonly progress: RunProgress;
  /** The config as the resume file keeps it. */
  readonly config: Json;
  /** The split that the run trains on from its beginning; null when it is not known. */
  readonly trainedSplit: TrainedSplit | null;
  /** The models whose predictions are learned from; null where they are unknown, undefined without `data.targets`. */
  readonly teachers: readonly Teacher[] | null | undefined;
}

interface SavedProgress extends RunProgress {
  readonly steps: number;
  readonly tally: Json;
  readonly scheduler: Json;
  /** With float16 only. */
  readonly lossScale?: Json;
  readonly loggers?: LoggerPositions;
  /** Length of the event file, where the resume file is from before there were other loggers. */
  readonly events?: number;
}

/** Opens a run: resumes from the resume file if there is one, otherwise starts at epoch 0. */
export async function openRun(options: TrainOptions): Promise<Run> {
  const folder = runFolder(options.dir ?? options.experiment.config.train.dir);
  if (options.fresh) await clearRun(folder);
  await removeHalfWritten(folder);
  const saved = await pathExists(folder.resume) ? await readResume(folder.resume) : null;
  if (saved) await announceResume(options, saved, folder);
  const loaders = options.loaders ?? await openLoaders(options);
  try {
    return await assembleRun(options, { folder, loaders, saved });
  } catch (error) {
    if (!options.loaders) closeLoaders(loaders);
    throw error;
  }
}

/** Whether the schedule depends on the total number of epochs. */
function rateNeedsEpochs({ experiment }: TrainOptions): boolean {
  let asked = false;
  const context = {
    learningRate: 1,
    stepsPerEpoch: 1,
    get epochs() {
      asked = true;
      return experiment.config.train.num_epochs;
    },
  };
  experiment.scheduler(context).learningRate({ epoch: 0, step: 0 });
  return asked;
}

/** What a resumed run compares: the config, and the checksums of the files that soft targets come from. */
async function savedConfig(experiment: Experiment): Promise<Json> {
  const config = decisiveConfig(experiment.config) as Record<string, Json>;
  return experiment.config.data.targets === null
    ? config
    : { ...config, target_files: await experiment.targetFiles() };
}

async function announceResume(
  options: TrainOptions,
  saved: ResumeState,
  folder: RunFolder,
): Promise<void> {
  const { epoch, batch } = saved.progress as unknown as SavedProgress;
  const place = {
    file: folder.resume,
    insideEpoch: batch > 0,
    rateNeedsEpochs: rateNeedsEpochs(options),
  };
  for (const line of checkConfigChanges(saved.config, await savedConfig(options.experiment), place)) {
    options.experiment.output.warn(`going on with a changed config: ${line}`);
  }
  const inside = batch > 0 ? `, batch ${batch}` : "";
  options.experiment.output.line(
    `Going on at epoch ${epoch}${inside} from ${folder.resume} (--fresh starts over)`,
  );
}

async function assembleRun(
  options: TrainOptions,
  parts: { folder: RunFolder; loaders: TrainLoaders; saved: ResumeState | null },
): Promise<Run> {
  const { folder, loaders, saved } = parts;
  const learner = await makeLearner(options, { loaders, fresh: saved === null });
  const tally = new Tally((await options.experiment.layout()).classes.length, learner.loss.activation);
  const progress: RunProgress = { epoch: 0, batch: 0, best: null };
  const run = { options, folder, loaders, ...learner, tally, progress };
  const positions = saved ? restoreRun(run, saved) : {};
  const history = await openHistory(folder, progress.epoch);
  const opened = { ...run, history, ...await openRecords(options, saved) };
  return { ...opened, loggers: await openLoggers(opened, positions) };
}

/** What checkpoints and the resume file tell of the data. */
async function openRecords(
  options: TrainOptions,
  saved: ResumeState | null,
): Promise<Pick<Run, "config" | "trainedSplit" | "teachers">> {
  const { experiment } = options, { targets } = experiment.config.data;
  return {
    config: await savedConfig(experiment),
    trainedSplit: await openTrainedSplit(options, saved),
    teachers: joinTeachers(saved?.teachers, targets === null ? undefined : await teachersOf(targets)),
  };
}

/** The split that the run records, which its weights have seen. */
async function openTrainedSplit(
  { experiment }: TrainOptions,
  saved: ResumeState | null,
): Promise<TrainedSplit | null> {
  const { pretrained } = splitWeightOptions(experiment.config.model.params).options;
  const warn = (message: string) => experiment.output.warn(message);
  return await splitOfRun(await experiment.trainedSplit(), { saved, pretrained, warn });
}

async function openLoggers(run: Omit<Run, "loggers">, saved: LoggerPositions): Promise<RunLoggers> {
  const { options: { experiment, loggers = [], fresh = false }, folder, metric, history, progress } = run;
  const { name, title, better } = metric;
  const logged = {
    dir: folder.dir,
    name: experiment.path,
    config: JSON.parse(JSON.stringify(experiment.config)) as Json,
    metric: { name, title, better },
    epochs: experiment.config.train.num_epochs,
    history: [...history],
    best: progress.best,
    continues: !fresh,
  };
  const warn = (message: string) => experiment.output.warn(message);
  return await RunLoggers.open([...experiment.loggers(), ...loggers], logged, { saved, warn });
}

/** Restores a saved state; returns where the loggers stood at that point. */
function restoreRun(run: Learner & Pick<Run, "tally" | "progress">, saved: ResumeState): LoggerPositions {
  const { epoch, batch, best, steps, tally, scheduler, lossScale, ...logged } = saved
    .progress as unknown as SavedProgress;
  saved.load(run.model);
  const extra = saved.extra();
  try {
    const slots = [...extra].filter(([name]) => !name.startsWith(AVERAGE_PREFIX));
    run.optimizer.restore(new Map(slots), steps);
    run.average?.restore(extra);
  } finally {
    for (const tensor of extra.values()) tensor.dispose();
  }
  run.scheduler.restore(scheduler);
  if (lossScale !== undefined) run.lossScale?.restore(lossScale);
  run.tally.restore(tally);
  Object.assign(run.progress, { epoch, batch, best });
  return logged.loggers ?? { tensorboard: logged.events ?? 0 };
}

/** Reads the records of finished epochs; drops records newer than the resume point, since those epochs run again. */
async function openHistory(folder: RunFolder, epoch: number): Promise<EpochRecord[]> {
  const kept = await readHistory(folder.history, epoch);
  await writeJsonLines(folder.history, kept as unknown as Json[]);
  return kept;
}

/** Writes the resume file, and waits for who is told of it. */
export async function saveRun(run: Run): Promise<void> {
  const loggers = await run.loggers.positions();
  const progress: SavedProgress = {
    ...run.progress,
    steps: run.optimizer.steps,
    tally: run.tally.state(),
    scheduler: run.scheduler.state(),
    ...(run.lossScale && { lossScale: run.lossScale.state() }),
    loggers,
  };
  await writeResume(run.folder.resume, {
    model: run.model,
    extra: new Map([...run.optimizer.state(), ...run.average?.state() ?? []]),
    progress: progress as unknown as Json,
    config: run.config,
    trainedSplit: run.trainedSplit,
    teachers: run.teachers,
  });
  await run.options.onSaved?.();
}

/** Stops the data-loading workers and disposes all tensors. */
export function closeRun(run: Run): void {
  if (!run.options.loaders) closeLoaders(run.loaders);
  disposeLearner(run);
}
