import { dataProblem, suggestName } from "../../plugin.ts";
import { ClassWords, sortedNames } from "./_class_words.ts";
import type { CocoFile } from "./_coco_file.ts";
import type { Sample } from "./_sample.ts";

/** The categories of COCO-style labels as classes. */
export interface CocoClasses {
  /** Names of the categories, or their Ids where names repeat or the sample submission has a column for each Id. */
  readonly classes: readonly string[];
  /** How categories are written in a submission: by Id, unless the sample submission has names. */
  readonly words: ClassWords;
  /** Indices of classes by category Id. */
  readonly indices: ReadonlyMap<string, number>;
}

type Category = readonly [id: string, name: string];

/** Categories in the order of given names or Ids. Throws a data problem on one that is not there. */
function inOrder(categories: readonly Category[], classes: readonly string[], path: string): Category[] {
  return classes.map((wanted) => {
    const found = categories.find(([, name]) => name === wanted) ?? categories.find(([id]) => id === wanted);
    if (found) return found;
    throw dataProblem(
      `Cannot use "${path}": it has no category "${wanted}"; ${
        suggestName(wanted, categories.map(([, name]) => name))
      }`,
      "Correct data.layout_params.classes",
    );
  });
}

/** All categories by Id: those that the file lists, or those that annotations name where it lists none. */
function sortedCategories({ categories, labels, path }: CocoFile): Category[] {
  const used = labels.values().flatMap((ids) => ids.values());
  const ids = sortedNames(categories.size > 0 ? categories.keys() : used);
  if (ids.length > 0) return ids.map((id) => [id, categories.get(id) ?? id]);
  throw dataProblem(
    `Cannot find any class: "${path}" has neither categories nor annotations`,
    "Name the file of labels with data.layout_params.labels",
  );
}

/**
 * The classes of a file of labels.
 *
 * @param classes names or Ids in order; empty: all categories by Id
 */
export function cocoClasses(
  file: CocoFile,
  { classes, sample }: { readonly classes: readonly string[]; readonly sample: Sample | null },
): CocoClasses {
  const all = sortedCategories(file);
  const categories = classes.length > 0 ? inOrder(all, classes, file.path) : all;
  const ids = categories.map(([id]) => id), names = categories.map(([, name]) => name);
  const [knownIds, knownNames] = [new Set(ids), new Set(names)];
  const columns = sample?.columns ?? [], cells = sample?.cells ?? [];
  const byId = knownNames.size < names.length ||
    columns.length > 1 && columns.every((id) => knownIds.has(id));
  const named = !byId && cells.length > 0 && cells.every((cell) => knownNames.has(cell));
  return {
    classes: byId ? ids : names,
    words: new ClassWords(named ? names : ids, " "),
    indices: new Map(ids.map((id, index) => [id, index])),
  };
}
