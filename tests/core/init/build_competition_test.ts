import { assert, assertEquals, assertThrows } from "@std/assert";
import { extname, join } from "@std/path";
import sharp from "sharp";
import { inFolder } from "../../_in_folder.ts";
import { buildCompetition, imagePaths } from "./_build_competition.ts";
import { dicomFile } from "./_dicom_file.ts";
import { listCompetitions, readStub, type Stub } from "./_stubs.ts";

const PICTURES = [".jpg", ".png", ".tif", ".dcm"];

async function filesBelow(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    const path = join(dir, name);
    found.push(...isDirectory ? await filesBelow(path) : [path]);
  }
  return found;
}

/** Numbers of 16 bits of a DICOM file by tag, read by walking over its elements. */
function dicomWords(bytes: Uint8Array): Map<string, Uint16Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset), found = new Map<string, Uint16Array>();
  assertEquals(new TextDecoder().decode(bytes.subarray(128, 132)), "DICM");
  for (let at = 132; at < bytes.length;) {
    const tag = `${view.getUint16(at, true).toString(16)},${view.getUint16(at + 2, true).toString(16)}`;
    const kind = new TextDecoder().decode(bytes.subarray(at + 4, at + 6)), long = kind.startsWith("O");
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const start = at + (long ? 12 : 8);
    found.set(tag, Uint16Array.from({ length: length / 2 }, (_, i) => view.getUint16(start + i * 2, true)));
    at = start + length;
  }
  return found;
}

async function checkPicture(path: string, group: Stub["images"][number]): Promise<void> {
  if (extname(path) === ".dcm") {
    const words = dicomWords(await Deno.readFile(path));
    assertEquals([words.get("28,10")?.[0], words.get("28,11")?.[0]], [group.height, group.width], path);
    assertEquals(words.get("7fe0,10")?.length, group.width * group.height, path);
  } else {
    const { width, height, channels, depth } = await sharp(path).metadata();
    assertEquals(
      [width, height, channels, depth],
      [group.width, group.height, group.channels, "uchar"],
      path,
    );
  }
}

for (const name of listCompetitions()) {
  Deno.test(`stub ${name} has a picture of the size asked for wherever it lists one`, async () => {
    await inFolder(async (dir) => {
      const stub = await buildCompetition(name, dir);
      const listed = stub.images.flatMap((group) => imagePaths(stub, group));
      for (const group of stub.images) {
        for (const path of imagePaths(stub, group)) await checkPicture(join(dir, path), group);
      }
      const found = await filesBelow(dir);
      assertEquals(found.length, Object.keys(stub.files).length + new Set(listed).size);
      assertEquals(found.filter((path) => PICTURES.includes(extname(path))).length, new Set(listed).size);
    });
  });
}

Deno.test("at least twenty stubs are recognisable, and the rest say why not", () => {
  const stubs = listCompetitions().map(readStub);
  assert(stubs.filter(({ expect }) => expect !== undefined).length >= 20);
  for (const { unrecognisable } of stubs) assert(unrecognisable === undefined || unrecognisable.length > 20);
});

Deno.test("the sample of a recognisable stub has the header that is expected, and cells as its shape has them", () => {
  for (const { files, expect } of listCompetitions().map(readStub)) {
    if (expect === undefined) continue;
    const [header, ...rows] = Object.entries(files)
      .find(([path]) => path.endsWith("sample_submission.csv"))![1].trimEnd().split("\n");
    const { shape, row_sum, ranked } = expect.submission;
    assertEquals(header, expect.submission.header);
    for (const row of rows) {
      const cells = row.split(",").slice(1);
      assertEquals(cells.length === 1, shape !== "columns", row);
      if (ranked !== undefined) assertEquals(cells[0]!.split(" ").length, ranked, row);
      if (row_sum !== undefined) {
        assert(Math.abs(cells.reduce((sum, cell) => sum + Number(cell), 0) - row_sum) < 1e-9, row);
      }
    }
  }
});

Deno.test("a file may be Latin-1", async () => {
  await inFolder(async (dir) => {
    await buildCompetition("herbarium-2020-fgvc7", dir);
    const bytes = await Deno.readFile(join(dir, "nybg2020/train/metadata.json"));
    assertThrows(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes), TypeError);
    const tree = JSON.parse(new TextDecoder("latin1").decode(bytes));
    assertEquals([tree.categories[1].name, tree.categories[1].genus], ["Isoëtes prima", "Isoëtes"]);
  });
});

Deno.test("a DICOM file holds its pixels in order, little endian, of 12 bits", () => {
  const words = dicomWords(dicomFile(Uint16Array.of(0, 1, 258, 4095, 7, 300), { width: 3, height: 2 }));
  assertEquals(words.get("7fe0,10"), Uint16Array.of(0, 1, 258, 4095, 7, 300));
  assertEquals([words.get("28,100")?.[0], words.get("28,101")?.[0], words.get("28,102")?.[0]], [16, 12, 11]);
});
