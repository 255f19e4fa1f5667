const FOLDER = new URL("../../fixtures/hash/", import.meta.url);

/** A file that Pillow wrote, and the hashes that imagehash gives it. */
export interface Golden {
  /** Number, format, mode and content, such as `0003.png.RGBA.smooth`. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly hashes: readonly string[];
}

/** All golden files. */
export async function readGoldens(): Promise<Golden[]> {
  const pictures = await Deno.readFile(new URL("pictures.bin", FOLDER));
  const lines = (await Deno.readTextFile(new URL("hashes.tsv", FOLDER))).trimEnd().split("\n");
  let offset = 0;
  return lines.map((line) => {
    const [name, length, ...hashes] = line.split("\t") as [string, string, ...string[]];
    const bytes = pictures.slice(offset, offset += Number(length));
    return { name, bytes, hashes };
  });
}

/** The first golden file of a kind, such as `jpeg-cmyk`. */
export async function goldenOf(kind: string): Promise<Golden> {
  return (await readGoldens()).find(({ name }) => name.includes(`.${kind}.`))!;
}
