import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parse } from "@std/yaml";
import { inFolder } from "../_in_folder.ts";
import { buildCompetition } from "../core/init/_build_competition.ts";
import { runInFolder } from "./_task_process.ts";

const STUB = "aptos2019-blindness-detection";

async function buildStub(cwd: string): Promise<void> {
  await Deno.mkdir(join(cwd, "configs"));
  await buildCompetition(STUB, join(cwd, "data", "eyes"));
}

Deno.test("init tells what it saw and what it misses in a folder that it does not understand", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(join(cwd, "data", "odd", "pictures"), { recursive: true });
    await Deno.writeTextFile(join(cwd, "data", "odd", "notes.csv"), "a,b\n1,2\n");
    await Deno.writeTextFile(join(cwd, "data", "odd", "pictures", "one.npy"), "no picture");
    const { code, stderr } = await runInFolder(cwd, "init", ["data/odd"]);
    assertEquals(code, 3, stderr);
    for (const said of ["notes.csv", "no images", "1 .npy", "labelled images"]) {
      assertStringIncludes(stderr, said);
    }
    assertEquals([...Deno.readDirSync(join(cwd, "data", "odd"))].length, 2);
  }));

Deno.test("init keeps the files of an earlier call unless it may replace them", () =>
  inFolder(async (cwd) => {
    await buildStub(cwd);
    assertEquals((await runInFolder(cwd, "init", ["data/eyes"])).code, 0);
    const small = join(cwd, "configs", "eyes", "small.yml");
    await Deno.writeTextFile(small, "mine");
    const { code, stderr } = await runInFolder(cwd, "init", ["data/eyes"]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "--overwrite");
    assertEquals(await Deno.readTextFile(small), "mine");
    assertEquals((await runInFolder(cwd, "init", ["data/eyes", "--overwrite"])).code, 0);
    const { loss, train } = parse(await Deno.readTextFile(small)) as Record<string, Record<string, unknown>>;
    assertEquals([loss!.name, train!.metric], ["cumulative_loss", "quadratic_weighted_kappa"]);
  }));

Deno.test("a folder's layout.yml decides where the layout is auto, and what is wrong with it is told", () =>
  inFolder(async (cwd) => {
    await buildStub(cwd);
    assertEquals((await runInFolder(cwd, "init", ["data/eyes"])).code, 0);
    const path = join(cwd, "data", "eyes", "layout.yml"), written = await Deno.readTextFile(path);
    const { layout, params } = parse(written) as { layout: string; params: Record<string, unknown> };
    assertEquals([layout, params.target, params.images], ["csv_folder", "grade", "train_images"]);
    await Deno.writeTextFile(path, written.replace("  images:", "  imagse:"));
    const wrong = await runInFolder(cwd, "find_duplicate_images", ["--data_dir=data/eyes"]);
    assertEquals(wrong.code, 2, wrong.stderr);
    assertStringIncludes(wrong.stderr, 'imagse: unknown key; did you mean "images"?');
    await Deno.writeTextFile(path, "layuot: csv_folder\n");
    const other = await runInFolder(cwd, "find_duplicate_images", ["--data_dir=data/eyes"]);
    assertEquals(other.code, 2, other.stderr);
    assertStringIncludes(other.stderr, "layout.yml");
  }));

Deno.test("init names the folder that is not there", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(join(cwd, "data"));
    await Deno.mkdir(join(cwd, "configs"));
    const { code, stderr } = await runInFolder(cwd, "init", ["data/nothing"]);
    assertEquals(code, 3, stderr);
    assertStringIncludes(stderr, "data/nothing");
  }));
