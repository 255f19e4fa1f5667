import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { encodePng } from "../../core/image/encode.ts";
import { readCsv } from "../../core/formats/csv.ts";
import { runInFolder, type TaskEnd } from "./_task_process.ts";

const CLASSES = ["cat", "dog"];
/** Image 3 is given cat and looks like a dog to the models, image 12 the other way round. */
const WRONG = [3, 12];
const IMAGES = 20;

let cwd = "";

function idOf(image: number): string {
  return `img${String(image).padStart(2, "0")}`;
}

function givenOf(image: number): number {
  return image < IMAGES / 2 ? 0 : 1;
}

/** A prediction file of some images, sure of the true class. */
async function writePart(name: string, images: readonly number[], labelled = true): Promise<void> {
  const rows = images.map((image) => {
    const given = givenOf(image), looks = WRONG.includes(image) ? 1 - given : given;
    const sure = (80 + image / 2) / 100, cat = looks === 0 ? sure : 1 - sure;
    return [idOf(image), ...(labelled ? [1 - given, given] : []), cat, 1 - cat].join(",");
  });
  const header = labelled ? "Id,L00,L01,P00,P01" : "Id,P00,P01";
  await Deno.writeTextFile(join(cwd, "inferences", name), [header, ...rows].join("\n") + "\n");
}

async function makeCompetition(): Promise<void> {
  cwd = await Deno.makeTempDir();
  for (const folder of ["data/images", "inferences"]) {
    await Deno.mkdir(join(cwd, folder), { recursive: true });
  }
  const all = Array.from({ length: IMAGES }, (_, image) => image);
  for (const image of all) {
    const data = new Uint8Array(8 * 8 * 3).fill(10 * image);
    const png = await encodePng({ data, width: 8, height: 8, channels: 3 });
    await Deno.writeFile(join(cwd, "data", "images", `${idOf(image)}.png`), png);
  }
  const labels = all.map((image) => `${idOf(image)},${CLASSES[givenOf(image)]}`);
  await Deno.writeTextFile(join(cwd, "data", "train.csv"), ["id,label", ...labels].join("\n") + "\n");
  await writePart("even.csv", all.filter((image) => image % 2 === 0));
  await writePart("odd.csv", all.filter((image) => image % 2 === 1));
  await writePart("test.csv", [0, 1], false);
  await writePart("again.csv", [4, 5]);
}

function find(...flags: string[]): Promise<TaskEnd> {
  return runInFolder(cwd, "find_label_issues", flags);
}

describe("find_label_issues", () => {
  beforeAll(makeCompetition);
  afterAll(() => Deno.remove(cwd, { recursive: true }));

  it("writes the wrong labels, worst first, and leaves the labels as they are", async () => {
    const before = await Deno.readTextFile(join(cwd, "data", "train.csv"));
    const { code, stdout, stderr } = await find("inferences/odd.csv", "inferences/even.csv");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout + stderr, "2 of 20 images have labels that are probably wrong");
    const columns = ["Id", "Target", "Suggested", "Score", "Classes", "Rank"] as const;
    assertEquals(await readCsv(join(cwd, "data", "label_issues.csv"), { columns, next: "" }), [
      { Id: "img12", Target: "1", Suggested: "0", Score: "0.14", Classes: "1", Rank: "1" },
      { Id: "img03", Target: "0", Suggested: "1", Score: "0.185", Classes: "0", Rank: "2" },
    ]);
    assertEquals(await Deno.readTextFile(join(cwd, "data", "train.csv")), before);
    const page = await Deno.readTextFile(join(cwd, "data", "label_issues.html"));
    assertEquals(page.split("data:image/jpeg").length - 1, 2);
    assertStringIncludes(page, 'alt="Image img12"');
    assertEquals(page.includes("<script") || page.includes("http"), false);
  });

  it("takes the predictions of val of the runs that configs name", async () => {
    for (const name of ["odd", "even"]) {
      await Deno.copyFile(join(cwd, "inferences", `${name}.csv`), join(cwd, "inferences", `${name}.val.csv`));
      const config = `data: { dir: data }\ntrain: { dir: results/${name} }\nloss: { name: cross_entropy }\n`;
      await Deno.writeTextFile(join(cwd, `${name}.yml`), config);
    }
    const { code, stdout, stderr } = await find("even.yml", "odd.yml", "--json");
    assertEquals(code, 0, stderr);
    const { issues, unexamined } = JSON.parse(stdout) as { issues: { id: string }[]; unexamined: number };
    assertEquals([issues.map(({ id }) => id), unexamined], [["img12", "img03"], 0]);
    await Deno.writeTextFile(join(cwd, "far.yml"), "data: { dir: far }\nloss: { name: cross_entropy }\n");
    const apart = await find("odd.yml", "far.yml");
    assertEquals(apart.code, 2);
    assertStringIncludes(apart.stderr, '"odd.yml" has data.dir "data", "far.yml" has "far"');
  });

  it("tells how many labelled images were not examined", async () => {
    const { code, stderr } = await find("inferences/odd.csv", "--no-gallery");
    assertEquals(code, 0);
    assertStringIncludes(stderr, "10 of 20 labelled images are in none of the files");
  });

  it("refuses an Id in two files, files without labels, and no files at all", async () => {
    const twice = await find("inferences/odd.csv", "inferences/again.csv");
    assertEquals(twice.code, 3);
    assertStringIncludes(twice.stderr, '"img05" is in both');
    const bare = await find("inferences/test.csv");
    assertEquals(bare.code, 3);
    assertStringIncludes(bare.stderr, "it has no labels");
    assertEquals((await find()).code, 2);
  });
});
