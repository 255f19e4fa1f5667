import { join } from "@std/path";
import type { Layout } from "../../../../core/plugin/contracts.ts";
import { writePredictions } from "../../../../core/predictions/predictions.ts";
import type { OutOfFoldModel } from "../../../../core/submit/out_of_fold/model_files.ts";

/** Classes, folds, and labelled Ids: `r0` to `r8` are val of fold 0, 1, 2, 0 ..., `u0` to `u3` are test_val of all. */
export const CLASSES = 2, FOLDS = 3;
export const ROWS = Array.from({ length: 9 }, (_, i) => `r${i}`);
export const UNSEEN = ["u0", "u1", "u2", "u3"];
export const TEST = ["t0", "t1", "t2"];

/** The rows that a fold leaves out. */
export function rowsOf(fold: number): string[] {
  return ROWS.filter((_, i) => i % FOLDS === fold);
}

/** The probability that a fold of a model gives class 0 of an image; that of class 1 is the rest. */
export function chance(model: string, fold: number, id: string): number {
  const place = [...ROWS, ...UNSEEN, ...TEST].indexOf(id);
  return Math.fround((place * 7 + fold * 3 + model.length * 5) % 97 / 100);
}

/** Labels of an image. */
export function labelsOf(id: string): number[] {
  return [Number(id.charCodeAt(1) % 2), 1 - Number(id.charCodeAt(1) % 2)];
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex();
}

/** Path of a split file. */
export function splitPath(dir: string, fold: number): string {
  return join(dir, `split.stratified.${fold}.csv`);
}

function splitText(fold: number): string {
  const rows = ROWS.map((id, i) => `${id},0,${i % FOLDS === fold ? "val" : "train"}`);
  return ["Id,Target,Split", ...rows, ...UNSEEN.map((id) => `${id},0,test_val`), ""].join("\n");
}

/** What a made prediction file holds and says. */
export interface MadeFile {
  readonly model: string;
  readonly fold: number;
  readonly split: "val" | "test_val" | "test";
  readonly ids: readonly string[];
  /** The fold whose split the file says that its model was trained on; that of `fold` when left out, null for none. */
  readonly trainedBy?: number | null;
  readonly path?: string;
}

/** Writes a prediction file and the file beside it; returns its path. */
export async function makeFile(dir: string, made: MadeFile): Promise<string> {
  const { model, fold, split, ids, trainedBy = fold, path = join(dir, `${model}.${fold}.${split}.csv`) } =
    made;
  const probabilities = Float64Array.from(ids.flatMap((id) => {
    const first = chance(model, fold, id);
    return [first, Math.fround(1 - first)];
  }));
  const labels = split === "test" ? null : Uint8Array.from(ids.flatMap(labelsOf));
  const split_file = trainedBy === null ? null : {
    path: splitPath(dir, trainedBy),
    sha256: await digest(splitText(trainedBy)),
    trained: "train",
  };
  const provenance = { config: "c", checkpoint: "e", split, views: {}, podium: "0.1.0", split_file };
  await writePredictions(path, { path, ids, classes: CLASSES, labels, probabilities }, { provenance });
  return path;
}

/** All files of a model. */
export async function makeModel(dir: string, model: string): Promise<OutOfFoldModel> {
  const files = { val: [] as string[], testVal: [] as string[], test: [] as string[] };
  for (let fold = 0; fold < FOLDS; fold++) {
    files.val.push(await makeFile(dir, { model, fold, split: "val", ids: rowsOf(fold) }));
    files.testVal.push(await makeFile(dir, { model, fold, split: "test_val", ids: UNSEEN }));
    // The order of rows differs from file to file.
    const ids = fold === 1 ? [...TEST].reverse() : TEST;
    files.test.push(await makeFile(dir, { model, fold, split: "test", ids }));
  }
  return { name: model, ...files };
}

/** A folder of split files with a layout, removed afterwards. */
export async function withSplits(body: (dir: string, layout: Layout) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (let fold = 0; fold < FOLDS; fold++) await Deno.writeTextFile(splitPath(dir, fold), splitText(fold));
    const layout = { dir, classes: ["a", "b"], target: "class_set", groupOf: () => null };
    await body(dir, layout as unknown as Layout);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
