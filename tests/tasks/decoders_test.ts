import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Random } from "../../core/base/random.ts";
import { csvText } from "../../core/formats/csv.ts";
import { dicomFile } from "./_dicom_file.ts";
import { ROOT, runInFolder } from "./_task_process.ts";

const SIDE = 32;
const LAYOUT_PARAMS = '{"channels":["density"]}';
const CONFIG = `
data:
  dir: data
  layout: csv_folder
  layout_params: ${LAYOUT_PARAMS}
  depth: 16
  decoders: { dicom: { window: [100, 3000] } }
model: { name: resnet18, params: { width: 4 } }
train: { dir: results/slices, batch_size: 8, num_epochs: 1 }
eval: { batch_size: 8 }
loss: { name: softmax_cross_entropy }
transform: { name: policy_transform, num_preprocessor: 1, params: { size: 32, policies: [[["Rotate", {}]]] } }
backend: wasm
`;
const SEARCH = ["--layout=csv_folder", `--layout_params=${LAYOUT_PARAMS}`, "--json"];
let folder = "";

/** A slice of smooth hills, drawn by its seed. */
function slice(seed: number): Uint8Array {
  const random = new Random(seed, "slice");
  const [a, b, c, d] = Array.from({ length: 4 }, () => random.uniform(2, 9)) as [
    number,
    number,
    number,
    number,
  ];
  const values = Int16Array.from({ length: SIDE * SIDE }, (_, i) => {
    const x = i % SIDE, y = Math.floor(i / SIDE);
    return 100 + 700 * (Math.sin(x / a + c) + Math.cos(y / b + d));
  });
  return dicomFile({ height: SIDE, width: SIDE, values, window: [100, 3000] });
}

async function makeCompetition(): Promise<void> {
  folder = await Deno.makeTempDir();
  for (const name of ["train", "test"]) await Deno.mkdir(join(folder, "data", name), { recursive: true });
  const ids = Array.from({ length: 30 }, (_, i) => `slice_${String(i).padStart(2, "0")}`);
  for (const [i, id] of ids.entries()) {
    // The last labelled slice is the first again, and so is the last test slice.
    const bytes = slice(i === 19 || i === 29 ? 0 : i);
    await Deno.writeFile(join(folder, "data", i < 20 ? "train" : "test", `${id}.dcm`), bytes);
  }
  await Deno.writeFile(join(folder, "data", "train", "slice_03.dcm"), slice(3).subarray(0, 700));
  const rows = ids.map((id, i) => [id, String(i % 2)]);
  await Deno.writeTextFile(join(folder, "data", "train.csv"), csvText(["Id", "Target"], rows.slice(0, 20)));
  const sample = csvText(["Id", "Predicted"], rows.slice(20));
  await Deno.writeTextFile(join(folder, "data", "sample_submission.csv"), sample);
  await Deno.writeTextFile(join(folder, "slices.yml"), CONFIG);
}

async function run(name: string, flags: readonly string[]) {
  const { code, stdout, stderr } = await runInFolder(folder, name, flags);
  assertEquals(code, 0, `${name}: ${stderr}`);
  return flags.includes("--json") ? JSON.parse(stdout) : stderr;
}

describe("tasks on DICOM slices", () => {
  beforeAll(makeCompetition);
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("find duplicates and leaks, and list the file that is cut off", async () => {
    await run("find_duplicate_images", SEARCH);
    const report = JSON.parse(await Deno.readTextFile(join(folder, "data", "duplicates.report.json")));
    assertStringIncludes(JSON.stringify(report), "slice_03.dcm");
    assertStringIncludes(JSON.stringify(report), "the file is cut off or damaged");
    const groups = await Deno.readTextFile(join(folder, "data", "duplicates.ahash.csv"));
    assertStringIncludes(groups, "slice_00 slice_19");
    const page = await Deno.readTextFile(join(folder, "data", "duplicates.report.html"));
    assert(!page.includes("no longer readable") && page.includes("data:image/jpeg"));
    await run("find_data_leak", SEARCH);
    assertStringIncludes(await Deno.readTextFile(join(folder, "data", "data_leak.ahash.csv")), "slice_29");
    const plan = await run("find_duplicate_images", [...SEARCH, "--dry_run"]);
    assertEquals([plan.pictures, plan.unreadable, plan.largest.width], [20, 0, SIDE]);
  });

  it("split, cache, show, train and predict at 16 bits", async () => {
    await run("stratified_split", SEARCH.slice(0, 2));
    const config = ["slices.yml", "--set", "data.on_broken=skip"];
    const cached = await run("cache_images", [...config, "--json"]);
    assertEquals([cached.cached, cached.index.depth, cached.left.length], [29, 16, 1]);
    await run("preview_augmentations", [...config, "--images", "2", "--samples", "1"]);
    await run("train", [...config, "--set", "data.cache=data/cache"]);
    for (const cache of ["data/cache", "null"]) {
      await run("inference", [
        ...config,
        "--num_tta=1",
        `--output=inferences/${cache.length}.csv`,
        "--set",
        `data.cache=${cache}`,
      ]);
    }
    const [a, b] = await Promise.all(
      [10, 4].map((name) => Deno.readTextFile(join(folder, "inferences", `${name}.csv`))),
    );
    assertEquals(a!.split("\n").length, 12);
    assertEquals(a, b);
  });

  it("refuse unknown decoders and wrong parameters with the nearest name", async () => {
    for (
      const [set, reason] of [
        ["data.decoders={dicm: {}}", 'data.decoders.dicm: not in plugins/decoders; did you mean "dicom"?'],
        [
          "data.decoders={dicom: {windo: [1, 2]}}",
          'data.decoders.dicom.windo: unknown key; did you mean "window"?',
        ],
        ["data.decoders={dicom: {window: [1, 0]}}", "data.decoders.dicom.window.1: 0"],
      ] as const
    ) {
      const { code, stderr } = await runInFolder(folder, "train", ["slices.yml", "--set", set]);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, reason);
    }
  });

  it("take a decoder of one's own, by whose extension layouts list files", async () => {
    const data = join(folder, "data", "raw");
    for (const name of ["train", "test"]) await Deno.mkdir(join(data, name), { recursive: true });
    const rows = Array.from({ length: 6 }, (_, i) => [`raw_${i}`, String(i % 2)]);
    for (const [i, [id]] of rows.entries()) {
      const bytes = Uint8Array.of(82, 65, 87, 71, 4, 5, ...Array.from({ length: 20 }, (_, p) => 10 * i + p));
      await Deno.writeFile(join(data, i < 4 ? "train" : "test", `${id}.rawg`), bytes);
    }
    await Deno.writeTextFile(join(data, "train.csv"), csvText(["Id", "Target"], rows.slice(0, 4)));
    await Deno.writeTextFile(
      join(data, "sample_submission.csv"),
      csvText(["Id", "Predicted"], rows.slice(4)),
    );
    const source = await Deno.readTextFile(join(ROOT, "tests", "fixtures", "plugins", "raw_gray.ts"));
    await Deno.writeTextFile(join(folder, "raw_gray.ts"), source.replaceAll("../../../core", `${ROOT}/core`));
    const plain = ["--set", "plugins=[raw_gray.ts]", "--set", "data.decoders={raw_gray: {offset: 7}}"];
    const flags = ["slices.yml", ...plain, "--set", "data.dir=data/raw", "--set", "data.depth=8", "--json"];
    const { cached, index } = await run("cache_images", flags);
    assertEquals([cached, index.height, index.width], [6, 4, 5]);
    const shard = await Deno.readFile(join(data, "cache", "shard_0000.bin"));
    // Test images are sorted before train images.
    assertEquals([...shard.subarray(0, 3)], [47, 48, 49]);
  });
});
