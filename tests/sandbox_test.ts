import { assert, assertEquals } from "@std/assert";
import { join, resolve } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { ownCommand, ROOT, taskArguments, taskLines } from "./tasks/_task_process.ts";

// What each task may do is compared with what it did, which Deno writes down over a whole run on small pictures.

const CONFIGS = join(ROOT, "configs", "demo");
const DATA = "--data_dir=data/demo";
const SMALL = ["train.num_epochs=1", "model.params.width=4", "transform.params.size=24", "backend=wasm"]
  .map((override) => `--set=${override}`);
const MODEL = [join(CONFIGS, "resnet18.yml"), ...SMALL];

/** A competition from its pictures to its submission. */
const RUNS: readonly [task: string, ...flags: string[]][] = [
  ["make_demo_data", "--size=24", "--train=60", "--external=20", "--test=20"],
  ["find_duplicate_images", DATA],
  ["stratified_split", DATA],
  ["stratified_split", DATA, "--use_external=0"],
  ["find_data_leak", DATA],
  ["doctor"],
  ["init", "data/demo"],
  ["search", join(CONFIGS, "search.yml"), ...SMALL, "--set=search.trials=1"],
  ["cache_images", ...MODEL],
  ["preview_augmentations", ...MODEL, "--images=2", "--samples=2"],
  ["find_lr", ...MODEL, "--steps=10"],
  ["train", ...MODEL],
  ["swa", ...MODEL, "--num_checkpoint=1"],
  [
    "inference",
    ...MODEL,
    "--num_tta=1",
    "--split=test_val",
    "--output=inferences/demo/resnet18.test_val.csv",
  ],
  ["find_label_issues", DATA, "inferences/demo/resnet18.test_val.csv"],
  ["inference", ...MODEL, "--num_tta=1", "--split=test", "--output=inferences/demo/resnet18.test.csv"],
  ["extract", ...MODEL],
  ["linear_probe", ...MODEL],
  ["export_weights", ...MODEL],
  ["bundle", "resnet18.yml"],
  ["pseudo_label", "inferences/demo/resnet18.test.csv", "--share=0.5", "--data_dir=data/demo"],
  ["make_submission", join(CONFIGS, "submission.yml")],
  ["report", ...MODEL],
  ["plan", ...MODEL, "--dry-run"],
  // Trained already, the config would be refused: its run would be lost.
  ["plan", ...MODEL, "--set=train.dir=results/units", "--hash_parts=1", "--submission=planned.yml"],
  ["worker"],
  ["status", "--page=results/units.html"],
  ["plugins", "losses"],
];

/** Tasks that load TensorFlow where it is installed; here a file that is none stands in, so they end with an error. */
const LOADING = ["search", "find_lr", "train", "swa", "inference", "extract", "export_weights"];
/** These go on without what they would compute. */
const LOADING_IN_VAIN = ["report", "plan"];

/** They need the network, so they are not run here; nor is the one that serves until it is stopped. */
const DOWNLOADING = ["download_weights", "install_tensorflow", "kaggle_download", "kaggle_submit"];
const QUEUED = ["enqueue", "cancel", "retry"];
const SERVING = "watch";
/** Tasks for those who work on Podium itself. */
const DEVELOPMENT = ["ok", "test", "test_native", "soak", "bench"];

/** What a process asked Deno for. */
interface Access {
  readonly permission: string;
  readonly value?: string;
}

let folder = "";
/** What each task asked for over its runs. */
const accesses = new Map<string, Access[]>();

async function audit(
  task: string,
  flags: readonly string[],
  options: { readonly library?: string; readonly ends: number },
): Promise<void> {
  const log = join(folder, "audit.jsonl");
  const env = {
    DENO_AUDIT_PERMISSIONS: log,
    ...(options.library ? { TENSORFLOW_LIBRARY: options.library } : {}),
  };
  const args = await taskArguments(task, flags);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder, env }).output();
  assertEquals(code, options.ends, `${task}: ${new TextDecoder().decode(stderr)}`);
  const lines = (await Deno.readTextFile(log)).trim().split("\n");
  accesses.set(task, [...accesses.get(task) ?? [], ...lines.map((line) => JSON.parse(line) as Access)]);
  await Deno.remove(log);
}

/** What a worker needs for a unit that loads TensorFlow, and for a store whose address or secret is missing. */
async function auditWorker(library: string): Promise<void> {
  const planned = [...MODEL, "--set=train.dir=results/loading", "--set=backend=tensorflow", "--splits="];
  await audit("plan", planned, { ends: 0 });
  await audit("worker", ["--unit=0"], { library, ends: 1 });
  await audit("worker", ["--unit=0", "--store=s3://bucket/prefix"], { ends: 2 });
  await audit("status", ["--store=s3://bucket/prefix"], { ends: 2 });
}

async function runAll(): Promise<void> {
  folder = await Deno.makeTempDir();
  // What is bundled lies in the working folder.
  await Deno.copyFile(join(CONFIGS, "resnet18.yml"), join(folder, "resnet18.yml"));
  const submission = await Deno.readTextFile(join(CONFIGS, "submission.yml"));
  await Deno.writeTextFile(join(folder, "planned.yml"), submission.replaceAll("demo/resnet18", "units"));
  for (const [task, ...flags] of RUNS) await audit(task, flags, { ends: 0 });
  const library = join(".tensorflow", "libtensorflow.so.2");
  await Deno.mkdir(join(folder, ".tensorflow"));
  await Deno.writeTextFile(join(folder, library), "no library");
  for (const task of LOADING) {
    const flags = RUNS.find(([name]) => name === task)!.slice(1);
    await audit(task, [...flags, "--set=backend=tensorflow"], { library, ends: 1 });
  }
  await audit("doctor", [], { library, ends: 1 });
  for (const task of LOADING_IN_VAIN) {
    const flags = RUNS.find(([name]) => name === task)!.slice(1);
    await audit(task, [...flags, "--set=backend=tensorflow"], { library, ends: 0 });
  }
  await auditWorker(library);
}

/** The permissions of a line of deno.json: kind and entries, none where everything of that kind is meant. */
function permissions(command: string): [kind: string, entries: string[]][] {
  return [...ownCommand(command).matchAll(/--(allow-\w+|ignore-\w+)(?:=(\S+))?/g)]
    .map(([, kind, entries]) => [kind!, entries?.split(",") ?? []]);
}

/** Whether an access needed an entry such as `data` of `--allow-write=data`. */
function needs({ permission, value = "" }: Access, kind: string, entry: string): boolean {
  if (`allow-${permission}` !== kind) return false;
  if (permission === "env" || permission === "sys") return value === entry;
  const path = resolve(folder, value);
  return [folder, ROOT].map((base) => resolve(base, entry)).some((place) =>
    path === place || path.startsWith(`${place}/`)
  );
}

/** The entries of a task's line that nothing needed. */
function unneeded(command: string, done: readonly Access[]): string[] {
  const given = permissions(command);
  const allowed = given.find(([kind]) => kind === "allow-env")?.[1] ?? [];
  return given.flatMap(([kind, entries]) => {
    if (kind === "ignore-env") {
      const ignored = done.some(({ permission, value }) => permission === "env" && !allowed.includes(value!));
      return ignored ? [] : ["--ignore-env"];
    }
    // The decoders ask the system report which C library there is, on Linux only.
    if (kind === "allow-sys" && Deno.build.os !== "linux") return [];
    return entries.filter((entry) => !done.some((access) => needs(access, kind, entry)))
      .map((entry) => `--${kind}=${entry}`);
  });
}

const lines = await taskLines();

describe("the sandbox of the tasks", () => {
  beforeAll(runAll);
  afterAll(() => Deno.remove(folder, { recursive: true }));

  for (const [task, command] of lines) {
    if ([...DOWNLOADING, ...QUEUED, SERVING, ...DEVELOPMENT, "demo"].includes(task)) continue;
    it(`gives ${task} nothing that it does not need`, () => {
      assert(accesses.has(task), "it was run");
      assertEquals(unneeded(command, accesses.get(task)!), []);
    });
  }

  it("gives the demo what its steps have, and no more", () => {
    const steps = ["make_demo_data", "find_duplicate_images", "train", "inference", "make_submission"];
    const entries = (task: string) =>
      permissions(lines.get(task)!).flatMap(([kind, list]) =>
        [kind, ...list].map((entry) => `${kind} ${entry}`)
      );
    assertEquals(new Set(entries("demo")), new Set(steps.flatMap(entries)));
  });
});
