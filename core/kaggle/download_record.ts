import { join } from "@std/path";
import { z } from "zod";
import { pathExists, writeFileAtomic } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";
import { readText } from "../base/read_file.ts";

const record = z.object({
  competition: z.string(),
  /** What was unpacked; its entity tag or date, and its bytes. */
  etag: z.string().nullable(),
  modified: z.string().nullable(),
  size: z.number().nullable(),
  /** Files unpacked; null while some may be missing. */
  files: z.number().nullable(),
});

/** What a folder of downloaded data holds. */
export type DownloadRecord = z.output<typeof record>;

function pathOf(folder: string): string {
  return join(folder, ".kaggle_download.json");
}

/** What was downloaded into a folder; null when nothing was. */
export async function readDownloadRecord(folder: string): Promise<DownloadRecord | null> {
  const path = pathOf(folder);
  if (!await pathExists(path)) return null;
  try {
    return record.parse(JSON.parse(await readText(path, "text")));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    throw dataProblem(`Cannot read "${path}": it is damaged`, "Remove it");
  }
}

/** Notes what a folder holds. */
export async function writeDownloadRecord(folder: string, content: DownloadRecord): Promise<void> {
  await writeFileAtomic(pathOf(folder), JSON.stringify(content) + "\n");
}
