import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { permissionsOf, ROOT, runInFolder } from "./tasks/_task_process.ts";

const CONFIGS = join(ROOT, "configs", "demo");
const SIZE = 24;
const SET = ["train.num_epochs=2", "model.params.width=4", "transform.params.size=24"];

/** All files below a folder with their bytes, without what tells the time. */
async function filesBelow(folder: string, path = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(join(folder, path))) {
    const place = join(path, name);
    if (isDirectory) { for (const file of await filesBelow(folder, place)) files.set(...file); }
    // Event files tell the time in every record, the cache that of files, pages that of trials and epochs.
    else if (!/^events\.out|^\.hash_cache|^(search|index)\.html$/.test(name)) {
      const text = new TextDecoder("latin1").decode(await Deno.readFile(join(folder, place)));
      files.set(place, text.replace(/"(seconds|time)": ?[^,\n]+/g, ""));
    }
  }
  return files;
}

async function runTasks(folder: string): Promise<void> {
  const data = ["--data_dir=data/demo"], set = SET.map((override) => `--set=${override}`);
  const resnet = [join(CONFIGS, "resnet18.yml"), ...set];
  const infer = (
    split: string,
  ) => ["--num_tta=8", `--split=${split}`, `--output=inferences/demo/resnet18.${split}.csv`, ...resnet];
  const steps: [string, ...string[]][] = [
    ["make_demo_data", `--size=${SIZE}`, "--train=200", "--external=60", "--test=40", "--out=data/demo"],
    ["find_duplicate_images", ...data],
    ["stratified_split", ...data],
    ["stratified_split", "--use_external=0", ...data],
    ["find_data_leak", ...data],
    ["train", "--fresh", join(CONFIGS, "search.yml"), ...set],
    ["train", "--fresh", ...resnet],
    ["swa", "--num_checkpoint=2", ...resnet],
    ["inference", ...infer("test_val")],
    ["inference", ...infer("test")],
    ["make_submission", join(CONFIGS, "submission.yml")],
  ];
  for (const [task, ...flags] of steps) {
    const { code, stderr } = await runInFolder(folder, task, flags);
    assertEquals(code, 0, `${task}: ${stderr}`);
  }
}

Deno.test("a program makes the demo's files through mod.ts, the same bytes as the tasks", async () => {
  const [own, others] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    const program = join(ROOT, "tests", "fixtures", "program", "whole_path.ts");
    assert((await Deno.readTextFile(program)).split("\n").length <= 50, "the program is short");
    const args = [
      "run",
      "--no-check",
      ...await permissionsOf("demo"),
      program,
      CONFIGS,
      String(SIZE),
      ...SET,
    ];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: own }).output();
    const said = new TextDecoder().decode(stderr);
    assertEquals(code, 0, said);
    const found = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([found.trials, found.epochs, found.classes, found.paths.length], [3, 2, 28, 2]);
    assert(
      found.duplicates.every((groups: number) => groups > 0) && found.leaked.every((n: number) => n > 0),
    );
    assert(!/images|epoch|wrote/.test(said), `it is silent, but said: ${said}`);
    await runTasks(others);
    const [expected, actual] = [await filesBelow(others), await filesBelow(own)];
    assertEquals([...actual.keys()].sort(), [...expected.keys()].sort());
    for (const [file, bytes] of expected) assert(actual.get(file) === bytes, `${file} differs`);
    assert(expected.size > 300, `${expected.size} files`);
  } finally {
    for (const folder of [own, others]) await Deno.remove(folder, { recursive: true });
  }
});
