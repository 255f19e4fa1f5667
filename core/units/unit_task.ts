import { z } from "zod";
import { configProblem } from "../base/problem.ts";
import { submissionSchema } from "../submit/submission_config.ts";
import type { Unit, UnitKind } from "./unit.ts";

/** A config with all defaults filled in, and the file's path for messages. */
const experiment = { path: z.string(), config: z.record(z.string(), z.unknown()) };
/** How many images there are by split or source, and a hash of their Ids, sources and labels. */
const images = z.record(z.string(), z.strictObject({ count: z.int(), sha256: z.string() }));
/** Part `index` of `count`, counted from 1. */
const part = z.strictObject({ index: z.int().min(1), count: z.int().min(1) });
/** Id of the unit that trained the run that is read. */
const run = z.string();

const inference = {
  name: z.literal("inference"),
  ...experiment,
  run,
  split: z.enum(["train", "val", "test_val", "test"]),
  /** As `--num_tta`; null leaves it to the config. */
  num_tta: z.union([z.int(), z.literal("auto")]).nullable(),
  images,
};

const scan = {
  data: z.strictObject({
    dataDir: z.string(),
    layout: z.string(),
    layoutParams: z.record(z.string(), z.unknown()),
  }),
  images,
};

/** What a unit of each kind calls, and with what. */
export const TASK_SCHEMAS = {
  train: z.strictObject({ name: z.literal("train"), ...experiment, images }),
  swa: z.strictObject({
    name: z.literal("swa"),
    ...experiment,
    run,
    num_checkpoint: z.int().min(1),
    greedy: z.boolean(),
  }),
  inference: z.strictObject({ ...inference, part: part.nullable(), output: z.string() }),
  join_inference: z.strictObject({ ...inference, parts: z.array(z.string()), output: z.string() }),
  hash: z.strictObject({ name: z.literal("find_duplicate_images"), ...scan, shard: part }),
  find_duplicate_images: z.strictObject({ name: z.literal("find_duplicate_images"), ...scan }),
  find_data_leak: z.strictObject({ name: z.literal("find_data_leak"), ...scan }),
  search_trial: z.strictObject({
    name: z.literal("search"),
    ...experiment,
    images,
    trial: z.int().min(0),
  }),
  search_confirmation: z.strictObject({
    name: z.literal("search"),
    ...experiment,
    images,
    /** Number of the trials, besides trial 0. */
    trials: z.int().min(1),
    /** Number of a contender, as of {@link contenders}, and of a fresh seed, from 0. */
    contender: z.int().min(0),
    seed: z.int().min(0),
  }),
  search: z.strictObject({ name: z.literal("search"), ...experiment, images }),
  make_submission: z.strictObject({ name: z.literal("make_submission"), config: submissionSchema }),
  report: z.strictObject({
    name: z.literal("report"),
    experiments: z.array(z.strictObject({ ...experiment, run })),
    folder: z.string(),
  }),
} as const satisfies Record<UnitKind, z.ZodType>;

/** What a unit of a kind calls. */
export type UnitTask<Kind extends UnitKind> = z.output<typeof TASK_SCHEMAS[Kind]>;

/** The task of a unit of a kind. Throws a config problem where it is of another form. */
export function readTask<Kind extends UnitKind>(unit: Unit, kind: Kind): UnitTask<Kind> {
  const parsed = TASK_SCHEMAS[kind].safeParse(unit.task);
  if (parsed.success) return parsed.data as UnitTask<Kind>;
  throw configProblem(
    `Cannot run the unit ${unit.id} (${unit.title}): its task is of another form:\n${
      z.prettifyError(parsed.error)
    }`,
    "Plan again with this version of Podium",
  );
}
