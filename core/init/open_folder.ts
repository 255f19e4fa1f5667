import { dataProblem, isDataProblem } from "../base/problem.ts";
import { firstFew } from "../base/quoted.ts";
import type { ImageFiles, LabelRow, Source } from "../base/example.ts";
import { openLayout } from "../layout/open_layout.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { spread } from "./spread.ts";

/** A layout of a folder that was tried, with its labels and some of its images. */
export interface OpenedFolder {
  readonly layout: Layout;
  readonly params: Readonly<Record<string, unknown>>;
  readonly labels: readonly LabelRow[];
  readonly testIds: readonly string[];
  /** Up to 200 labelled images that are there. */
  readonly images: readonly ImageFiles[];
  /** Ids among those tried whose images are missing. */
  readonly missing: readonly string[];
}

/** Images whose files are looked for. */
const TRIED = 200;
/** A layout that finds fewer of its images is not the folder's. */
const LEAST_SHARE = 0.5;

async function findImages(layout: Layout, ids: readonly string[], source: Source) {
  const images: ImageFiles[] = [], missing: string[] = [];
  for (const id of spread(ids, TRIED)) {
    try {
      images.push(await layout.filesOf(id, source));
    } catch (error) {
      if (!isDataProblem(error)) throw error;
      missing.push(id);
    }
  }
  return { images, missing };
}

function checkFound(
  { name }: Layout,
  what: string,
  { images, missing }: { readonly images: readonly ImageFiles[]; readonly missing: readonly string[] },
): void {
  const tried = images.length + missing.length, least = what === "labelled" ? LEAST_SHARE * tried : 1;
  if (images.length > 0 && images.length >= least) return;
  const lacks = missing.length > 0 ? `, missing ${firstFew(missing)}` : "";
  throw dataProblem(`the layout ${name} finds ${images.length} of ${tried} ${what} images${lacks}`);
}

/**
 * Opens a folder by a layout and looks for its images. Throws a problem when the labels cannot be read, when fewer than
 * half of the labelled images are there, or when no test image is.
 */
export async function openFolder(
  registry: Registry,
  dir: string,
  choice: { readonly name: string; readonly params: Readonly<Record<string, unknown>> },
): Promise<OpenedFolder> {
  const layout = await openLayout(registry, dir, choice);
  const labels = await layout.readLabels(), testIds = await layout.testIds();
  const train = await findImages(layout, labels.map(({ id }) => id), "train");
  checkFound(layout, "labelled", train);
  const test = await findImages(layout, testIds, "test");
  checkFound(layout, "test", test);
  const params = { ...layout.params, ...choice.params };
  return {
    layout,
    params,
    labels,
    testIds,
    images: train.images,
    missing: [...train.missing, ...test.missing],
  };
}
