import { assert, assertEquals, assertRejects } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import type { Layout, TargetKind } from "../../../core/plugin/contracts.ts";
import { inFolder } from "../../_in_folder.ts";
import { buildCompetition } from "./_build_competition.ts";
import { type Expectation, readStub } from "./_stubs.ts";

/** What is found out about a competition by looking at its folder. */
export interface Inspection {
  readonly layout: string;
  /** Parameters that the layout needs; those left out have its defaults. */
  readonly layoutParams: Readonly<Record<string, unknown>>;
  readonly target: TargetKind;
  readonly classes: readonly string[];
  readonly channels: readonly string[];
  readonly images: { readonly train: number; readonly test: number };
  readonly submission: SubmissionShape;
  readonly metric: string;
}

/** How a submission is written; what an inspector leaves out is not checked. */
export interface SubmissionShape {
  readonly shape: string;
  readonly header: readonly string[];
  /** What the columns of a row sum to. */
  readonly rowSum?: number | null;
  /** Labels in a cell. */
  readonly ranked?: number | null;
  readonly separator?: string;
}

/** How a folder is looked at. */
export interface Inspector {
  /** Throws a data problem that says what it saw and misses when it cannot tell. */
  inspect(dir: string): Promise<Inspection>;
  /** The layout that the inspection describes. */
  open(dir: string, inspection: Inspection): Promise<Layout>;
}

function assertOneOf(what: string, found: unknown, right: readonly unknown[]): void {
  assert(right.includes(found), `${what} is ${JSON.stringify(found)}, right are ${JSON.stringify(right)}`);
}

function checkClasses(found: readonly string[], right: Expectation["classes"]): void {
  if (Array.isArray(right)) return assertEquals([...found], right, "classes");
  assertOneOf("number of classes", found.length, typeof right === "number" ? [right] : right.one_of);
}

function checkShape(found: SubmissionShape, right: Expectation["submission"]): void {
  assertEquals(found.shape, right.shape, "submission.shape");
  assertEquals(found.header.join(","), right.header, "submission.header");
  const details = [
    ["rowSum", found.rowSum, right.row_sum],
    ["ranked", found.ranked, right.ranked],
    ["separator", found.separator, right.separator],
  ] as const;
  for (const [name, value, wanted] of details) {
    if (value !== undefined && wanted !== undefined) assertEquals(value, wanted, `submission.${name}`);
  }
}

/** A parameter that is left out or null is found by the layout itself. */
function checkParams(found: Inspection["layoutParams"], right: Expectation["params"]): void {
  for (const [name, values] of Object.entries(right)) {
    const value = found[name] ?? null;
    if (value !== null) assertOneOf(`layoutParams.${name}`, value, values);
  }
}

function checkInspection(found: Inspection, right: Expectation): void {
  assertOneOf("layout", found.layout, right.layout);
  assertOneOf("target", found.target, right.target_guess ?? [right.target]);
  checkClasses(found.classes, right.classes);
  assertEquals(found.channels.length, right.channels, "number of channels");
  assertEquals(found.images, right.images, "images");
  checkShape(found.submission, right.submission);
  assertOneOf("metric", found.metric, right.guess);
  if (found.layout === right.layout[0]) checkParams(found.layoutParams, right.params);
}

/** Labelled images of each class that has any, largest first. */
async function countLabels(layout: Layout): Promise<number[]> {
  const counts = new Map<number, number>();
  for (const { labels } of await layout.readLabels()) {
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => b - a);
}

/** Test images are on the disk, and their submission Ids are those of the sample in its order. */
async function checkTestImages(
  layout: Layout,
  right: Expectation,
  sampleIds: readonly string[],
): Promise<void> {
  const ids = await layout.testIds(), known = new Set<string>();
  assertEquals(ids.length, right.images.test, "test Ids");
  for (const id of ids) {
    for (const file of (await layout.filesOf(id, "test")).files) await Deno.stat(file);
    known.add(layout.submissionIdOf?.(id, "test") ?? id);
  }
  assertEquals([...known], [...sampleIds], "Ids of the submission, in order");
}

async function checkLayout(layout: Layout, right: Expectation, sampleIds: readonly string[]): Promise<void> {
  const rows = await layout.readLabels();
  assertEquals(rows.length, right.images.train, "labelled images");
  for (const { id, source } of rows) {
    for (const file of (await layout.filesOf(id, source)).files) await Deno.stat(file);
  }
  if (right.target !== "value") assertEquals(await countLabels(layout), right.counts, "images of each class");
  await checkTestImages(layout, right, sampleIds);
}

/** First cells of the rows of a stub's sample submission; no stub quotes them. */
function sampleIdsOf(name: string): string[] {
  const [, text] = Object.entries(readStub(name).files).find(([path]) =>
    path.endsWith("sample_submission.csv")
  )!;
  return text.trimEnd().split("\n").slice(1).map((line) => line.split(",")[0]!);
}

/**
 * Builds the stub of a competition and checks what an inspector finds out about it: everything that the stub expects, and
 * that the layout it names has the labels, the files and the Ids. An unrecognisable one must be a data problem.
 */
export async function checkCompetition(name: string, inspector: Inspector): Promise<void> {
  await inFolder(async (dir) => {
    const { expect } = await buildCompetition(name, dir);
    if (expect === undefined) {
      const problem = await assertRejects(() => inspector.inspect(dir), Problem);
      assertEquals(problem.kind, "data");
      return;
    }
    const found = await inspector.inspect(dir);
    checkInspection(found, expect);
    await checkLayout(await inspector.open(dir, found), expect, sampleIdsOf(name));
  });
}
