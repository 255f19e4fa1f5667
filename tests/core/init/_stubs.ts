/** Stubs of public competitions: their files, headers and folders with a few invented rows, in tests/fixtures/competitions. */
import { parse } from "@std/yaml";
import { z } from "zod";

const FOLDER = new URL("../../fixtures/competitions/", import.meta.url);

/** Metrics that a competition of image classification or regression is scored by. */
const METRICS = [
  "macro_f1",
  "micro_f1",
  "f2",
  "accuracy",
  "balanced_accuracy",
  "log_loss",
  "roc_auc",
  "average_precision",
  "quadratic_weighted_kappa",
  "map_at_k",
  "pf1",
  "rmse",
  "mae",
] as const;

/** One value or a list of them, always a list once read. */
function oneOrMore<Schema extends z.ZodType>(schema: Schema) {
  return z.union([z.array(schema).min(1), schema.transform((value) => [value])]);
}

const targetSchema = z.enum(["class_set", "class", "grade", "value", "probabilities"]);
const metricSchema = z.enum(METRICS);

const imagesSchema = z.strictObject({
  /** A file of `files` with a row an image: CSV, or JSON with `images` or a list of them. */
  rows: z.string().optional(),
  /** Path of a row's image; `{name}` stands for the row's cell of that name. */
  path: z.string().optional(),
  /** Paths that no file lists. */
  paths: z.array(z.string()).optional(),
  width: z.int().min(1),
  height: z.int().min(1),
  channels: z.union([z.literal(1), z.literal(3)]),
}).refine((group) => (group.paths === undefined) === (group.rows !== undefined && group.path !== undefined), {
  error: "either rows and path, or paths",
});

const submissionSchema = z.strictObject({
  shape: z.enum(["labels", "score", "columns", "ranked", "value"]),
  header: z.string(),
  /** What the columns of a row sum to, where the sample shows it. */
  row_sum: z.number().optional(),
  /** Labels in a cell. */
  ranked: z.int().optional(),
  separator: z.string().optional(),
});

const expectSchema = z.strictObject({
  /** Layouts that are right. */
  layout: oneOrMore(z.string()),
  target: targetSchema,
  /** What the folder may be taken for where it does not tell the target. */
  target_guess: oneOrMore(targetSchema).optional(),
  /** Names in order, their number, or the numbers that are right where the folder does not tell. */
  classes: z.union([z.array(z.string()), z.int(), z.strictObject({ one_of: z.array(z.int()) })]),
  /** Labelled images of each class that has any, largest first; none for values. */
  counts: z.array(z.int()).default([]),
  channels: z.int(),
  images: z.strictObject({ train: z.int(), test: z.int() }),
  submission: submissionSchema,
  /** What the competition is scored by. */
  metric: metricSchema,
  /** What a rule that sees targets and shape alone may say. */
  guess: oneOrMore(metricSchema),
  /** Parameters of the layout that must not be others; a list names all that are right. */
  params: z.record(z.string(), oneOrMore(z.string())).default({}),
});

const stubSchema = z.strictObject({
  /** Text files by path. */
  files: z.record(z.string(), z.string()),
  /** Files written as Latin-1 instead of UTF-8. */
  latin1: z.array(z.string()).default([]),
  images: z.array(imagesSchema),
  expect: expectSchema.optional(),
  /** Why the folder alone does not tell what to do. */
  unrecognisable: z.string().optional(),
}).refine((stub) => (stub.expect === undefined) !== (stub.unrecognisable === undefined), {
  error: "either expect or unrecognisable",
});

/** Images of a stub that are drawn alike. */
export type ImageGroup = z.output<typeof imagesSchema>;
/** What is to be found out about a stub. */
export type Expectation = z.output<typeof expectSchema>;
/** A competition's files, and what is to be found out about them or why it cannot be. */
export type Stub = z.output<typeof stubSchema>;

/** Names of all stubs, sorted. */
export function listCompetitions(): string[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name.replace(/\.yml$/, "")).sort();
}

/** Reads a stub. */
export function readStub(name: string): Stub {
  const stub = stubSchema.safeParse(parse(Deno.readTextFileSync(new URL(`${name}.yml`, FOLDER))));
  if (stub.success) return stub.data;
  throw new Error(`Stub ${name}: ${z.prettifyError(stub.error)}`);
}
