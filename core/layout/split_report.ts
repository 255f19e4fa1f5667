import { basename, dirname, join } from "@std/path";
import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { sha256 } from "../base/sha256.ts";
import { readFile, readText } from "../base/read_file.ts";

/** What the report of stratified_split says of the split files: the SHA-256 of each as it was written, by name. */
const reportSchema = z.object({ files: z.record(z.string(), z.string()).optional() });

/** The SHA-256 of files by name, for the report. */
export async function splitChecksums(paths: readonly string[]): Promise<Record<string, string>> {
  const sums = paths.map(async (path) => [basename(path), sha256(await readFile(path, "table"))]);
  return Object.fromEntries(await Promise.all(sums));
}

async function readReport(path: string): Promise<z.output<typeof reportSchema> | null> {
  try {
    return reportSchema.parse(JSON.parse(await readText(path, "text")));
  } catch {
    return null;
  }
}

/**
 * What the user should know of a split file: it is not as stratified_split wrote it. Null when it is, or when nothing is
 * known of it. Split files may be edited, so that this is no error.
 */
export async function splitFileWarning(path: string): Promise<string | null> {
  const name = basename(path), prefix = name.replace(/\.\d+\.csv$/, "");
  const reportPath = join(dirname(path), `${prefix}.report.json`);
  if (prefix === name || !(await pathExists(reportPath))) return null;
  const report = await readReport(reportPath);
  if (report === null) return `"${path}" cannot be checked: "${reportPath}" is damaged`;
  const written = report.files?.[name];
  if (written === undefined || written === sha256(await readFile(path, "table"))) return null;
  return `"${path}" differs from what stratified_split wrote: edited by hand, or damaged?`;
}
