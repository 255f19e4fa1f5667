import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { makeDemoData } from "../../core/demo/make_demo_data.ts";
import { decodeImage } from "../../core/image/decode.ts";
import { ROOT, runInFolder } from "./_task_process.ts";

const CONFIG = join(ROOT, "configs", "resnet34.0.policy.yml");
const SET = ["--set", "data.dir=data/demo", "--set", "transform.params.size=48"];
let folder = "";

async function makeCompetition(): Promise<void> {
  folder = await Deno.makeTempDir();
  const data = join(folder, "data");
  await makeDemoData({
    layout: "hpa",
    train: 30,
    external: 6,
    test: 6,
    size: 48,
    seed: 0,
    out: join(data, "demo"),
  });
  await Deno.copyFile(join(ROOT, "data", "best_policy.data"), join(data, "best_policy.data"));
  for (const name of ["find_duplicate_images", "stratified_split"]) {
    const end = await runInFolder(folder, name, ["--data_dir", "data/demo"]);
    assertEquals(end.code, 0, end.stderr);
  }
}

describe("image tasks", () => {
  beforeAll(makeCompetition);
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("preview_augmentations shows the unaltered row first, then what training draws", async () => {
    const flags = [CONFIG, ...SET, "--images", "4", "--samples", "3", "--json"];
    const end = await runInFolder(folder, "preview_augmentations", flags);
    assertEquals(end.code, 0, end.stderr);
    const { page, picture, rows } = JSON.parse(end.stdout);
    assertEquals(rows.map(({ title }: { title: string }) => title), [
      "unaltered",
      "epoch 0",
      "epoch 1",
      "epoch 2",
    ]);
    assertEquals(rows[0].operations, [[], [], [], []]);
    const drawn: string[] = rows.slice(1).flatMap((row: { operations: string[][] }) => row.operations.flat());
    assert(drawn.some((text) => text.startsWith("RandomRotate90(turns")));
    const grid = await decodeImage(await Deno.readFile(join(folder, picture)));
    assertEquals([grid.height, grid.width], [4 * 52 + 4, 4 * 52 + 4]);
    const html = await Deno.readTextFile(join(folder, page));
    assertEquals(html.split("<img").length - 1, 16);
    for (const text of drawn) assert(html.includes(text), text);
    const again = await runInFolder(folder, "preview_augmentations", flags);
    assertEquals(again.stdout, end.stdout);
  });

  it("cache_images caches all but the broken ones and lists them", async () => {
    const end = await runInFolder(folder, "cache_images", [CONFIG, ...SET, "--json"]);
    assertEquals(end.code, 0, end.stderr);
    const report = JSON.parse(end.stdout);
    assert(report.cached > 35);
    assert(report.left.length >= 1);
    assert(end.stderr.includes("is not cached"));
    const again = JSON.parse((await runInFolder(folder, "cache_images", [CONFIG, ...SET, "--json"])).stdout);
    assertEquals([again.cached, again.kept], [report.cached, report.index.shards]);
  });

  it("cache_images mends a damaged cache, which train refuses by name", async () => {
    const cache = join(folder, "data", "demo", "cache");
    await runInFolder(folder, "cache_images", [CONFIG, ...SET]);
    const good = await Deno.readTextFile(join(cache, "index.json"));
    for (const bad of ["{", good.replace('"shards":1', '"shards":1000000000')]) {
      await Deno.writeTextFile(join(cache, "index.json"), bad);
      const train = await runInFolder(folder, "train", [
        CONFIG,
        ...SET,
        "--set",
        "data.cache=data/demo/cache",
      ]);
      assertEquals(train.code, 3, train.stderr);
      assert(train.stderr.includes("index.json") && train.stderr.includes("cache_images"), train.stderr);
      const end = await runInFolder(folder, "cache_images", [CONFIG, ...SET]);
      assertEquals(end.code, 0, end.stderr);
      assert(end.stderr.includes("index.json") && end.stderr.includes("made anew"), end.stderr);
      assertEquals(await Deno.readTextFile(join(cache, "index.json")), good);
    }
  });

  it("explain a missing config", async () => {
    for (const task of ["cache_images", "preview_augmentations"]) {
      const end = await runInFolder(folder, task, []);
      assertEquals(end.code, 2);
      assert(end.stderr.includes("name one config"));
    }
  });
});
