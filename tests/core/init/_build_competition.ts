import { parse } from "@std/csv";
import { dirname, join } from "@std/path";
import { drawImage } from "./_draw_image.ts";
import { type ImageGroup, readStub, type Stub } from "./_stubs.ts";

type Row = Readonly<Record<string, unknown>>;

function csvRows(text: string): Row[] {
  const [header = [], ...rows] = parse(text);
  return rows.map((row) => Object.fromEntries(header.map((column, at) => [column, row[at]])));
}

/** Rows of a CSV file, or the images of a COCO file or of a list of them. */
function rowsOf(stub: Stub, name: string): Row[] {
  const text = stub.files[name];
  if (text === undefined) throw new Error(`No file "${name}" among ${Object.keys(stub.files).join(", ")}`);
  if (name.endsWith(".csv")) return csvRows(text);
  const tree: unknown = JSON.parse(text);
  return Array.isArray(tree) ? tree : (tree as { readonly images: Row[] }).images;
}

function fillPath(path: string, row: Row): string {
  return path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    if (row[name] === undefined) throw new Error(`No "${name}" for the path "${path}"`);
    return String(row[name]);
  });
}

/** Paths of a group's images, relative to the competition's folder. */
export function imagePaths(stub: Stub, group: ImageGroup): string[] {
  if (group.paths !== undefined) return [...group.paths];
  return rowsOf(stub, group.rows!).map((row) => fillPath(group.path!, row));
}

async function writeBelow(dir: string, path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
  await Deno.writeFile(join(dir, path), bytes);
}

function encodeText(text: string, latin1: boolean): Uint8Array {
  return latin1
    ? Uint8Array.from([...text], (letter) => letter.codePointAt(0)!)
    : new TextEncoder().encode(text);
}

/** Builds the folder of a stub: its text files, and a small drawn picture for every image that it lists. */
export async function buildCompetition(name: string, dir: string): Promise<Stub> {
  const stub = readStub(name);
  for (const [path, text] of Object.entries(stub.files)) {
    await writeBelow(dir, path, encodeText(text, stub.latin1.includes(path)));
  }
  for (const group of stub.images) {
    for (const path of imagePaths(stub, group)) await writeBelow(dir, path, await drawImage(path, group));
  }
  return stub;
}
