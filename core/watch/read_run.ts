import { join } from "@std/path";
import { readText } from "../base/read_file.ts";
import { PAGE_FILE } from "../run_page/page_logger.ts";
import { runPage } from "../run_page/run_page.ts";
import { runFolder } from "../run_folder/run_folder.ts";
import { parseRecord } from "../train/history.ts";

/** A file of a run folder; null where it is none, a link, or gone. */
export async function statFile(path: string): Promise<Deno.FileInfo | null> {
  try {
    const info = await Deno.lstat(path);
    return info.isFile ? info : null;
  } catch {
    return null;
  }
}

/** The page of a run that has none, drawn from its history: an older program trained it, or a search did. */
async function drawHistory(folder: string, { mtime }: Deno.FileInfo): Promise<string> {
  const lines = (await readText(runFolder(folder).history, "text")).split("\n");
  const history = lines.flatMap((line) => parseRecord(line) ?? []);
  const known = history[0]?.val.macro_f1 !== undefined;
  const metric = { name: "macro_f1", title: "macro F1", better: "higher" } as const;
  return runPage({
    dir: folder,
    config: null,
    settings: {},
    metric: known ? metric : null,
    epochs: null,
    history,
    best: null,
    end: null,
    warnings: [],
    time: mtime ?? new Date(0),
  });
}

/** The page of a run: the one that its training writes, or one drawn from its history; null where there is neither. */
export async function readRunPage(folder: string): Promise<string | null> {
  const page = join(folder, PAGE_FILE);
  if (await statFile(page)) return await readText(page, "text");
  const history = await statFile(runFolder(folder).history);
  return history && await drawHistory(folder, history);
}
