import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import sharp, { type Sharp } from "sharp";
import { Problem } from "../../../core/base/problem.ts";
import { planScan } from "../../../core/scan/plan_scan.ts";
import { runInFolder } from "../../tasks/_task_process.ts";

/** A one-coloured picture in any format; the content of a header does not depend on it. */
function blank(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: "#456" } });
}

/** A folder with data/train.csv and five pictures of train, two files that are none, and one of test. */
async function newData(): Promise<string> {
  const cwd = await Deno.makeTempDir(), train = join(cwd, "data", "train"), test = join(cwd, "data", "test");
  for (const folder of [train, test]) await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(cwd, "data", "train.csv"), "Id,Target\na,0\nb,1\n");
  await blank(40, 30).png().toFile(join(train, "a.png"));
  await blank(60, 50).jpeg().toFile(join(train, "b.jpg"));
  await blank(70, 50).webp({ lossless: true }).toFile(join(train, "c.webp"));
  // Its directory is behind 196 KB of pixels, so the first bytes do not tell the size.
  await blank(256, 256).tiff({ compression: "none" }).toFile(join(train, "d.tif"));
  await blank(300, 300).png({ palette: true }).toFile(join(train, "e.png"));
  await Deno.writeTextFile(join(train, "f.png"), "no picture");
  await Deno.symlink("/dev/zero", join(train, "g.png"));
  await blank(400, 200).png().toFile(join(test, "t.png"));
  return cwd;
}

const QUIET = { layout: "csv_folder", sources: ["train"] } as const;

Deno.test("a plan counts pictures, finds the largest of those let through, and writes nothing", async () => {
  const cwd = await newData(), dataDir = join(cwd, "data");
  const listed = () => [...Deno.readDirSync(dataDir)].map(({ name }) => name).sort();
  const before = listed();
  const all = await planScan({ ...QUIET, dataDir });
  assertEquals([all.pictures, all.files, all.unreadable, all.too_large], [7, 7, 2, 0]);
  assertEquals(all.largest, { file: join(dataDir, "train", "e.png"), width: 300, height: 300 });
  const bytes = (await Deno.stat(join(dataDir, "train", "d.tif"))).size;
  assertEquals(all.largest_file, bytes);
  const less = await planScan({ ...QUIET, dataDir, maxPixels: 256 * 256 });
  assertEquals([less.too_large, less.largest?.width], [1, 256]);
  assertEquals(all.memory_bytes - less.memory_bytes, 4 * 24 * (300 * 300 - 256 * 256));
  assertEquals(less.memory_bytes, less.memory_bytes_at_max_pixels);
  assertEquals((await planScan({ ...QUIET, dataDir, sources: ["train", "test"] })).pictures, 8);
  assertEquals(listed(), before);
  await assertRejects(
    () => planScan({ ...QUIET, dataDir, sources: ["external"] }),
    Problem,
    "finds no image",
  );
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("--dry-run of both searches tells the plan and gives it as a document", async () => {
  const cwd = await newData(), flags = ["--layout=csv_folder", "--dry-run"];
  for (const [task, pictures] of [["find_duplicate_images", 7], ["find_data_leak", 8]] as const) {
    const { code, stdout, stderr } = await runInFolder(cwd, task, [...flags, "--json"]);
    assertEquals(code, 0, stderr);
    const plan = JSON.parse(stdout);
    assertEquals([plan.pictures, plan.unreadable, plan.in_flight], [pictures, 2, 4]);
    assert(/largest picture +data\/train\/e\.png: 300 x 300/.test(stderr), stderr);
    assert(/memory, at most +0\.\d GB/.test(stderr), stderr);
  }
  assertEquals([...Deno.readDirSync(join(cwd, "data"))].length, 3);
  await Deno.remove(cwd, { recursive: true });
});
