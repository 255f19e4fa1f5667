import { dirname } from "@std/path";
import type { Json } from "../base/json.ts";
import { pathExists, writeFileAtomic } from "../base/files.ts";
import { readFile } from "../base/read_file.ts";

/** The documents of a JSON Lines text; a last line that a kill cut short is left out. */
export function parseJsonLines(text: string): Json[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const documents: Json[] = [];
  for (const line of lines) {
    try {
      documents.push(JSON.parse(line) as Json);
    } catch {
      break;
    }
  }
  return documents;
}

/** The documents of a file; a missing file has none. */
export async function readJsonLines(path: string): Promise<Json[]> {
  return await pathExists(path) ? parseJsonLines(new TextDecoder().decode(await readFile(path, "text"))) : [];
}

/** Replaces a file by these documents, one a line. */
export async function writeJsonLines(path: string, documents: readonly Json[]): Promise<void> {
  await writeFileAtomic(path, documents.map((document) => JSON.stringify(document) + "\n").join(""));
}

/** Appends a document to a file and flushes it. */
export async function appendJsonLine(path: string, document: Json): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const file = await Deno.open(path, { append: true, create: true });
  try {
    const bytes = new TextEncoder().encode(JSON.stringify(document) + "\n");
    for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    await file.sync();
  } finally {
    file.close();
  }
}
