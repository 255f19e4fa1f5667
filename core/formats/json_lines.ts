import { dirname } from "@std/path";
import type { Json } from "../base/json.ts";
import { writeFileAtomic } from "../base/files.ts";
import { flushFile, writeAll } from "../base/part_files.ts";

/** Replaces a file by these documents, one a line. */
export async function writeJsonLines(path: string, documents: readonly Json[]): Promise<void> {
  await writeFileAtomic(path, documents.map((document) => JSON.stringify(document) + "\n").join(""));
}

/** Appends a document to a file and flushes it. */
export async function appendJsonLine(path: string, document: Json): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using file = await Deno.open(path, { append: true, create: true });
  await writeAll(file, new TextEncoder().encode(JSON.stringify(document) + "\n"), path);
  await flushFile(file, path);
}
