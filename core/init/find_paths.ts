import { basename, dirname, join } from "@std/path";
import { isDataProblem } from "../base/problem.ts";
import { readCsvTable } from "../formats/csv.ts";
import { stemOf } from "../layout/image_folder.ts";
import type { FileList } from "./list_files.ts";
import { spread } from "./spread.ts";

/** Ids of a table that are looked for among the images. */
const TRIED = 100;
/** A least share of the Ids with images; some may be missing. */
const LEAST_SHARE = 0.8;

/** A CSV file with a column that names images. */
export interface ImageTable {
  /** Path below the data folder. */
  readonly path: string;
  readonly columns: number;
  /** Column that names the images. */
  readonly column: string;
  /** Folder below the data folder that holds them, at any depth. */
  readonly folder: string;
}

/** Folders of each image name, with and without extension. */
function foldersByName({ images }: FileList): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const [folder, names] of images) {
    for (const name of names) {
      for (const form of [name, stemOf(name)]) {
        const known = folders.get(form);
        if (known) known.push(folder);
        else folders.set(form, [folder]);
      }
    }
  }
  return folders;
}

/** Every folder from a path up, the path itself first; "" is the data folder. */
function upwards(folder: string): string[] {
  return folder === "" || folder === "." ? [""] : [folder, ...upwards(dirname(folder))];
}

/** The deepest folder below which most of some images lie; null when there is none. */
function commonFolder(
  ids: readonly string[],
  folders: ReadonlyMap<string, readonly string[]>,
): string | null {
  const counts = new Map<string, number>();
  for (const id of ids) {
    for (const folder of new Set((folders.get(basename(id)) ?? []).flatMap(upwards))) {
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
  }
  const enough = [...counts].filter(([, count]) => count >= LEAST_SHARE * ids.length);
  return enough.sort(([a], [b]) => b.split("/").length - a.split("/").length || b.length - a.length)[0]
    ?.[0] ?? null;
}

async function readImageTable(
  files: FileList,
  path: string,
  folders: ReadonlyMap<string, readonly string[]>,
): Promise<ImageTable | null> {
  const { header, rows } = await readCsvTable(join(files.dir, path), { columns: [], next: "" });
  for (const [at, column] of header.entries()) {
    const ids = spread([...new Set(rows.map((row) => row[at]!))].filter((id) => id !== ""), TRIED);
    const folder = ids.length === 0 ? null : commonFolder(ids, folders);
    if (folder !== null) return { path, columns: header.length, column, folder };
  }
  return null;
}

/** The CSV files of a folder that name images. */
async function imageTables(files: FileList): Promise<ImageTable[]> {
  const folders = foldersByName(files), found: ImageTable[] = [];
  for (const path of files.tables) {
    try {
      const table = await readImageTable(files, path, folders);
      if (table !== null) found.push(table);
    } catch (error) {
      if (!isDataProblem(error)) throw error;
    }
  }
  return found;
}

const SAMPLE = /sample|submission|submit/i;
const TEST = /test|eval/i;
const LABELS = /train|label/i;

/** Parameters of the layout csv_folder for files and folders of any name; null when no table labels images. */
export async function findCsvFolder(files: FileList): Promise<Record<string, string> | null> {
  const tables = await imageTables(files);
  const isSample = ({ path }: ImageTable) => SAMPLE.test(basename(path));
  const labels =
    tables.filter((table) => !isSample(table) && table.columns > 1 && !TEST.test(basename(table.path)))
      .sort((a, b) => Number(LABELS.test(b.path)) - Number(LABELS.test(a.path)))[0];
  if (labels === undefined) return null;
  const sample = tables.find(isSample);
  const test = sample ?? tables.find(({ path }) => TEST.test(basename(path)));
  return {
    labels: labels.path,
    images: labels.folder,
    id_column: labels.column,
    ...test && { test_images: test.folder },
    ...sample && { sample_submission: sample.path },
    ...test && !sample && { test_list: test.path },
  };
}
