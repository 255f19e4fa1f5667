import { createHash } from "node:crypto";
import { join } from "@std/path";

/** The SHA-256 of a text. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Writes a split file of rows such as `a: "train"`; gives the record of it that a prediction file has. */
export async function writeSplit(
  path: string,
  rows: Readonly<Record<string, string>>,
): Promise<{ path: string; sha256: string; trained: string }> {
  const lines = Object.entries(rows).map(([id, split]) => `${id},0,${split}\n`);
  const text = `Id,Target,Split\n${lines.join("")}`;
  await Deno.writeTextFile(path, text);
  return { path, sha256: digest(text), trained: "train" };
}

/** Writes a prediction file of rows such as `a: [0.25, 0.75]`, and beside it what is told of it, unless that is null. */
export async function writeTargets(
  folder: string,
  name: string,
  { rows, told }: {
    readonly rows: Readonly<Record<string, readonly number[]>>;
    readonly told: object | null;
  },
): Promise<string> {
  const path = join(folder, name);
  const classes = Object.values(rows)[0]!.map((_, label) => `P${String(label).padStart(2, "0")}`);
  const lines = Object.entries(rows).map(([id, row]) => `${id},${row.join(",")}\n`);
  const text = `Id,${classes.join(",")}\n${lines.join("")}`;
  await Deno.writeTextFile(path, text);
  if (told) await Deno.writeTextFile(`${path}.json`, JSON.stringify({ sha256: digest(text), ...told }));
  return path;
}
