import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/csv";
import { join, relative } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Random } from "../../core/base/random.ts";
import { csvText } from "../../core/formats/csv.ts";
import { testSeed } from "../_seed.ts";
import { type HostileImage, LARGEST_PIXELS } from "./hostile/hostile_image.ts";
import { noFiles } from "./hostile/no_pictures.ts";
import { hostileImages, writeHostile } from "./hostile_images.ts";
import { rounds } from "./_rounds.ts";
import { type WatchedEnd, watchInFolder } from "./_watched_task.ts";

// Every task that reads pictures runs on the same folder. Which pictures can be read is what the search for duplicates
// says; the set says which of them must be, and which must not, and all tasks must agree.

const SECONDS = 240;
/** What a network and the threads that feed it take beside pictures in flight. */
const NETWORK_BYTES = 300e6;
const LONG = rounds(0, 1) === 1;

const CONFIG = `
data: { dir: data, layout: csv_folder, on_broken: skip, max_pixels: ${LARGEST_PIXELS} }
model: { name: resnet18, params: { width: 4 } }
train: { dir: results/run, batch_size: 16, num_epochs: 1 }
loss: { name: binary_focal_loss }
transform: { name: default_transform, num_preprocessor: 2, params: { size: 32 } }
backend: wasm
`;
const SEARCH = ["--layout=csv_folder", `--max_pixels=${LARGEST_PIXELS}`, "--json"];

let folder = "", images: HostileImage[] = [], bound = 0;
/** Ids that the search for duplicates cannot read. */
let broken: string[] = [];

function idOf(file: string): string {
  const name = relative(join("data", "train"), file);
  return images.find((image) => image.name + image.ending === name)!.name;
}

/** The competition: train and test are the same folder, which also has a folder that is called as a picture is. */
async function makeCompetition(): Promise<void> {
  const seed = testSeed("hostile images"), files = hostileImages(seed);
  images = [...LONG ? files : new Random(seed, "chosen").sample(files, 60), ...noFiles()];
  folder = await Deno.makeTempDir();
  const data = join(folder, "data"), train = join(data, "train");
  const ids = await writeHostile(train, images);
  await Deno.mkdir(join(train, "folder.png"));
  await Deno.symlink("train", join(data, "test"));
  const rows = ids.map((id, place) => [id, String(place % 2)]);
  await Deno.writeTextFile(join(data, "train.csv"), csvText(["Id", "Target"], [...rows, ["folder", "0"]]));
  await Deno.writeTextFile(join(data, "sample_submission.csv"), csvText(["Id", "Predicted"], rows));
  const split = rows.map(([id, target], place) => [id!, target!, place % 5 === 0 ? "val" : "train"]);
  for (const name of ["split.stratified.0.csv", "split.stratified.small.0.csv"]) {
    await Deno.writeTextFile(join(data, name), csvText(["Id", "Target", "Split"], split));
  }
  await Deno.writeTextFile(join(folder, "config.yml"), CONFIG);
}

async function run(name: string, flags: readonly string[], extra = 0): Promise<WatchedEnd> {
  const end = await watchInFolder(folder, name, { flags, seconds: SECONDS });
  assertEquals(end.code, 0, `${name}: ${end.stderr.slice(-3000)}`);
  assert(end.peak > 0, "memory was not looked at");
  if (bound > 0) {
    assert(end.peak < bound + extra, `${name} had ${end.peak} bytes, the bound is ${bound + extra}`);
  }
  return end;
}

/** Ids that a task says it left out, in order. */
function leftOut({ stderr }: WatchedEnd): string[] {
  const lines = stderr.matchAll(/warning: Cannot (?:decode|read) "(.*?)": .+; it is left out/g);
  return [...lines].map(([, file]) => idOf(file!.replace(join("data", "test"), join("data", "train"))))
    .sort();
}

describe("hostile images", () => {
  beforeAll(makeCompetition);
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("are counted by a dry run, which bounds the memory", async () => {
    const plan = JSON.parse((await run("find_duplicate_images", [...SEARCH, "--dry-run"])).stdout);
    assertEquals(plan.files, images.length);
    bound = plan.memory_bytes;
  });

  it("are read, or listed with a reason, by find_duplicate_images", async () => {
    const found = JSON.parse((await run("find_duplicate_images", SEARCH)).stdout);
    broken = found.broken.map(({ file }: { file: string }) => idOf(file)).sort();
    for (const { reason } of found.broken) assert(reason.length > 5, reason);
    assertEquals(found.pictures + broken.length, images.length);
    assertEquals(found.missing, ["train/folder"]);
    const fate = new Map(images.map((image) => [image.name, image.fate]));
    assertEquals(broken.filter((id) => fate.get(id) === "picture"), []);
    assertEquals([...fate].filter(([id, own]) => own === "refused" && !broken.includes(id)), []);
  });

  it("are left out of training, each told once", async () => {
    const end = await run("train", ["config.yml", "--json"], NETWORK_BYTES);
    assertEquals(leftOut(end), broken);
    const history = await Deno.readTextFile(join(folder, "results", "run", "history.jsonl"));
    const { images: { train, val } } = JSON.parse(history.split("\n")[0]!);
    assertEquals(train + val, images.length - broken.length);
  });

  if (!LONG) return;

  it("are read, or listed with a reason, by find_data_leak", async () => {
    const found = JSON.parse((await run("find_data_leak", SEARCH)).stdout);
    assertEquals(found.broken.length, 2 * broken.length);
    const readable = images.length - broken.length;
    const leaked = found.leaks.phash.map(({ id }: { id: string }) => id);
    assert(leaked.length > readable / 2, `${leaked.length} of ${readable} pictures are found again`);
    for (const id of broken) assert(!leaked.includes(id), id);
  });

  it("are cached, or listed with a reason, by cache_images", async () => {
    const found = JSON.parse((await run("cache_images", ["config.yml", "--size=32", "--json"])).stdout);
    assertEquals(found.left.map(({ id }: { id: string }) => id).sort(), [...broken, ...broken].sort());
    for (const { problem } of found.left) assert(problem.length > 5, problem);
    assertEquals(found.cached, 2 * (images.length - broken.length));
  });

  it("are passed over by preview_augmentations", async () => {
    const flags = ["config.yml", "--images=32", "--samples=2", "--json"];
    const { rows } = JSON.parse((await run("preview_augmentations", flags, NETWORK_BYTES)).stdout);
    assertEquals(rows.map(({ operations }: { operations: unknown[] }) => operations.length), [32, 32, 32]);
  });

  it("have a row each in the predictions, the unreadable ones the mean", async () => {
    const end = await run("inference", ["config.yml", "--split=test", "--num_tta=1"], NETWORK_BYTES);
    assertEquals(leftOut(end), broken);
    assert(end.stderr.includes(`${broken.length} test images get the mean probabilities`), end.stderr);
    const rows = parse(await Deno.readTextFile(join(folder, "inferences", "run.test.csv"))).slice(1);
    assertEquals(rows.map(([id]) => id!).sort(), images.map(({ name }) => name).sort());
    const values = new Map(rows.map(([id, ...cells]) => [id!, cells.map(Number)]));
    const readable = images.map(({ name }) => values.get(name)!).filter((_, i) =>
      !broken.includes(images[i]!.name)
    );
    for (const place of readable[0]!.keys()) {
      const mean = readable.reduce((sum, cells) => sum + cells[place]!, 0) / readable.length;
      for (const id of broken) assert(Math.abs(values.get(id)![place]! - mean) < 1e-5, id);
    }
  });
});
