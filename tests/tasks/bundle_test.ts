import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { dirname, join } from "@std/path";
import { pathExists } from "../../core/base/files.ts";
import { codeLines, linkPrograms, type Places, runNotebook, withoutNetwork } from "./_bundle_notebook.ts";
import { makeSmallCompetition } from "./_small_competition.ts";
import { runInFolder, type TaskEnd } from "./_task_process.ts";

const CONFIG = `
data: { dir: data }
model: { name: resnet18, params: { width: 4 } }
train: { dir: ./results/small, batch_size: 8, num_epochs: 1, metric: first_class }
eval: { batch_size: 16 }
loss: { name: binary_focal_loss }
transform:
  name: policy_transform
  num_preprocessor: 1
  params: { size: 32, policies: data/policy.data }
backend: wasm
plugins: [mine/first_class.ts]
`;
const POLICY = "[[(('RandomContrast', {'limit': 0.1, 'p': 0.5}), ('Rotate', {'limit': 30, 'p': 0.5}))]]";
const SUBMISSION = `
data: { dir: data }
test_val: [inferences/eight views.csv]
test: [inferences/hidden.csv]
output: submissions/mine.csv
`;
/** A plugin of two files; it imports nothing of the project, which lies elsewhere here. */
const METRIC = `
import { z } from "zod";
import { share } from "./share.ts";
export default {
  kind: "metrics", name: "first_class", title: "first class", about: "Counts rows", better: "higher",
  targets: ["class_set"], params: z.strictObject({}),
  create: () => ({ score: ({ rows }: { rows: number }) => share(rows) }),
};
`;
const SHARE = "export const share = (rows: number): number => 1 / rows;\n";

const NETWORK = await withoutNetwork() === null ? "proxies that do not answer" : "no network at all";

let parent = "";
const at = (...parts: string[]) => join(parent, ...parts);
/** The project, as long as it is there. */
const project = (...parts: string[]) => at("project", ...parts);

async function run(task: string, ...flags: string[]): Promise<TaskEnd> {
  return await runInFolder(project(), task, flags);
}

async function runWell(task: string, ...flags: string[]): Promise<void> {
  const { code, stderr } = await run(task, ...flags);
  assertEquals(code, 0, `${task}: ${stderr}`);
}

async function shell(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd: parent }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Makes a competition, a trained run with a plugin and a policy, and its submission. */
async function trainSmall(): Promise<void> {
  await Deno.mkdir(project("mine"), { recursive: true });
  await Deno.writeTextFile(project("mine", "first_class.ts"), METRIC);
  await Deno.writeTextFile(project("mine", "share.ts"), SHARE);
  await makeSmallCompetition(project(), CONFIG);
  await Deno.writeTextFile(project("data", "policy.data"), POLICY);
  await Deno.writeTextFile(project("sub mission.yml"), SUBMISSION);
  await runWell("train", "small.yml");
  const eight = ["small.yml", "--num_tta=8", "--tta_zooms=1.5", "--tta_merge=gmean"];
  await runWell("inference", ...eight, "--split=test_val", "--output=inferences/eight views.csv");
  await runWell("inference", ...eight, "--output=inferences/hidden.csv");
  await runWell("make_submission", "sub mission.yml");
}

/** Writes a config of a competition whose layout names its files, and returns the folder of its checkpoints. */
async function nameFiles(): Promise<string> {
  const checkpoints = project("results", "listed", "checkpoint");
  await Deno.mkdir(checkpoints, { recursive: true });
  await Deno.mkdir(project("listed", "test"), { recursive: true });
  const layout = "layout: csv_folder, layout_params: { labels: mine.csv, sample_submission: sample.csv }";
  const config = CONFIG.replace("dir: data", `dir: listed, ${layout}`).replace(
    "results/small",
    "results/listed",
  );
  await Deno.writeTextFile(project("listed.yml"), config);
  await Deno.writeTextFile(project("listed", "mine.csv"), "Id,Target\na,0\nb,1\n");
  await Deno.writeTextFile(project("listed", "sample.csv"), "Id,Target\nc,0\n");
  return checkpoints;
}

/** Where a made bundle lies, and what the notebook may write to. */
function places(name: string, bundle: string, data: string): Places {
  return { BUNDLE: at(bundle), DATA: at(data), WORK: at(`${name} work`), RESULTS: at(`${name} results`) };
}

/** Path, size and time of every file below a folder. */
const listing = (folder: string) => shell("find", folder, "-printf", "%P %s %m %T@\n");

describe("bundle", () => {
  beforeAll(async () => {
    parent = await Deno.makeTempDir();
    await trainSmall();
  });
  afterAll(async () => {
    await shell("chmod", "-R", "u+w", parent);
    await Deno.remove(parent, { recursive: true });
  });

  it("refuses what it cannot take along, by name", async () => {
    const other = CONFIG.replace("results/small", "results/untrained");
    const cases: [config: string, flags: string[], code: number, ...says: string[]][] = [
      [other, [], 3, "results/untrained/checkpoint", "Run the train task"],
      [CONFIG.replace("policy.data", "no_policy.data"), [], 2, "data/no_policy.data"],
      [CONFIG.replace("backend: wasm", "backend: tensorflow"), [], 2, "--with_tensorflow"],
      [CONFIG, ["--tar", "--out=results/all.zip"], 2, "ends with .tar"],
      [CONFIG, ["--out=data/bundle"], 2, "results/"],
      [CONFIG, ["--out=results/small"], 2, '"results/small": it exists and is no bundle'],
      [CONFIG, ["--submission=none.yml"], 2, "none.yml"],
      [CONFIG, ["--submission=missing.yml"], 3, "inferences/none.csv", "--split=test_val"],
      [CONFIG, ["--submission=elsewhere.yml"], 2, "data.dir"],
    ];
    await Deno.writeTextFile(project("missing.yml"), SUBMISSION.replace("eight views", "none"));
    await Deno.writeTextFile(project("elsewhere.yml"), SUBMISSION.replace("dir: data", "dir: other"));
    for (const [config, flags, expected, ...says] of cases) {
      await Deno.writeTextFile(project("wrong.yml"), config);
      const { code, stderr } = await run("bundle", "wrong.yml", ...flags);
      assertEquals(code, expected, stderr);
      for (const words of says) assertStringIncludes(stderr, words);
    }
    assertEquals((await run("bundle")).code, 2);
    assert(await pathExists(project("results", "small", "checkpoint")), "another folder is left alone");
    assertEquals(await pathExists(project("results", "bundle")), false);
  });

  it("refuses a submission of other configs, weights that are gone, and files outside the folder", async () => {
    const record = project("inferences", "eight views.csv.json");
    const kept = await Deno.readTextFile(record);
    const submission = "--submission=sub mission.yml";
    for (
      const [from, to, expected, says] of [
        ["results/small", "results/other", 2, 'none of the configs named made "inferences/eight views.csv"'],
        [/(epoch|best)_\d+/, "epoch_0077", 3, "epoch_0077.safetensors"],
        ['"orientations"', '"turns"', 3, "does not tell"],
      ] as const
    ) {
      await Deno.writeTextFile(record, kept.replace(from, to));
      const { code, stderr } = await run("bundle", "small.yml", submission);
      assertEquals(code, expected, stderr);
      assertStringIncludes(stderr, says);
    }
    await Deno.writeTextFile(record, kept);
    await Deno.copyFile(project("small.yml"), at("outside.yml"));
    const outside = await runInFolder(project("data"), "bundle", [project("small.yml")]);
    assertEquals(outside.code, 2, outside.stderr);
  });

  it("refuses a damaged checkpoint, and takes along what the layout's parameters name below data.dir", async () => {
    const checkpoints = await nameFiles();
    await Deno.writeTextFile(join(checkpoints, "epoch_0000.safetensors"), "no weights");
    const damaged = await run("bundle", "listed.yml");
    assertEquals(damaged.code, 3, damaged.stderr);
    assertStringIncludes(damaged.stderr, "listed/checkpoint/epoch_0000.safetensors");
    const trained = project("results", "small", "checkpoint", "epoch_0000.safetensors");
    await Deno.copyFile(trained, join(checkpoints, "epoch_0000.safetensors"));
    const { code, stdout, stderr } = await run(
      "bundle",
      "listed.yml",
      "--json",
      "--out=results/listed bundle",
    );
    assertEquals(code, 0, stderr);
    assertEquals(
      new Set((JSON.parse(stdout) as { files: string[] }).files),
      new Set([
        "listed.yml",
        "listed/mine.csv",
        "listed/sample.csv",
        "data/policy.data",
        "mine/first_class.ts",
        "mine/share.ts",
        "results/listed/checkpoint/epoch_0000.safetensors",
      ]),
    );
    for (const name of ["listed", "listed bundle"]) {
      await Deno.remove(project("results", name), { recursive: true });
    }
  });

  it("leaves the usual submission out when it is of other configs, and says so", async () => {
    await Deno.mkdir(project("configs"));
    await Deno.copyFile(project("missing.yml"), project("configs", "submission.yml"));
    const { code, stderr } = await run("bundle", "small.yml");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "configs/submission.yml is left out");
    const lines = await codeLines(project("results", "bundle", "podium.ipynb"));
    assertEquals(lines.at(-1), '!cp "$WORK"/inferences/small.test.csv "$RESULTS"');
    await Deno.remove(project("configs"), { recursive: true });
  });

  it("takes the place of an earlier bundle, and packs the same files", async () => {
    const submission = "--submission=sub mission.yml";
    await runWell("bundle", "small.yml", submission);
    await runWell("bundle", "small.yml", submission, "--tar");
    await Deno.mkdir(at("unpacked"));
    await shell("tar", "-xf", project("results", "bundle.tar"), "-C", at("unpacked"));
    await shell("diff", "-r", at("unpacked"), project("results", "bundle"));
    assert((await Deno.stat(at("unpacked", "deno"))).mode! & 0o100, "may be run");
    const beside = await Deno.readTextFile(project("results", "bundle.ipynb"));
    assertEquals(beside, await Deno.readTextFile(at("unpacked", "podium.ipynb")));
    const files = await shell("find", project("results", "bundle"), "-type", "l");
    assertEquals(files, "", "no links, which uploads lose");
    const left = (await Array.fromAsync(Deno.readDir(project("results")), ({ name }) => name)).sort();
    assertEquals(left, ["bundle", "bundle.ipynb", "bundle.tar", "small"]);
  });

  it(`gives the same bytes elsewhere with ${NETWORK}, from a folder or an archive that is read-only`, async () => {
    // The project goes: what the notebook has is the bundle and the competition's own files.
    await Deno.rename(project("results", "bundle"), at("input bundle"));
    await Deno.rename(project("results", "bundle.tar"), at("bundle.tar"));
    await Deno.mkdir(at("competition"));
    for (const name of ["rgby", "train.csv", "external.csv", "sample_submission.csv"]) {
      await Deno.rename(project("data", name), at("competition", name));
    }
    await Deno.rename(project(), at("gone"));
    // As uploads do: nothing may be written, nothing may be run.
    await shell("chmod", "-R", "a-w", "input bundle", "competition", "bundle.tar");
    await shell("chmod", "a-x", "input bundle/deno", "input bundle/podium");
    const before = await listing(at("input bundle")) + await listing(at("competition"));
    const lines = await codeLines(at("input bundle", "podium.ipynb"));
    const path = await linkPrograms(at("programs"));
    const home = at("home");
    await Deno.mkdir(home);
    for (const [name, bundle] of [["folder", "input bundle"], ["tar", "bundle.tar"]] as const) {
      const where = places(name, bundle, "competition");
      await runNotebook(lines, { places: where, path, home });
      for (const file of ["inferences/hidden.csv", "inferences/hidden.csv.json", "submissions/mine.csv"]) {
        const made = await Deno.readTextFile(join(where.WORK, file));
        assertEquals(made, await Deno.readTextFile(at("gone", file)), file);
      }
      const result = await Deno.readTextFile(join(where.RESULTS, "submission.csv"));
      assertEquals(result, await Deno.readTextFile(at("gone", "submissions", "mine.csv")));
    }
    assertEquals(await listing(at("input bundle")) + await listing(at("competition")), before);
    assertEquals(await Array.fromAsync(Deno.readDir(home)), [], "nothing is left in HOME");
  });

  it("predicts a hidden test set that comes in place of the known one, also in the same working folder", async () => {
    await shell("cp", "-r", "competition", "hidden");
    await shell("chmod", "-R", "u+w", "hidden");
    const sample = await Deno.readTextFile(at("hidden", "sample_submission.csv"));
    const rows = sample.trim().split("\n").slice(0, 5);
    await Deno.writeTextFile(at("hidden", "sample_submission.csv"), rows.join("\n") + "\n");
    const where = places("folder", "input bundle", "hidden");
    const lines = await codeLines(at("input bundle", "podium.ipynb"));
    await runNotebook(lines, { places: where, path: at("programs"), home: at("home") });
    const ids = (text: string) => text.trim().split("\n").map((row) => row.split(",")[0]);
    assertEquals(ids(await Deno.readTextFile(join(where.RESULTS, "submission.csv"))), ids(rows.join("\n")));
  });

  it("has what every task loads that its settings name, the decoders and each backend", async () => {
    const where = places("folder", "input bundle", "hidden");
    const { tasks } = JSON.parse(await Deno.readTextFile(join(where.WORK, "deno.json"))) as {
      tasks: Record<string, unknown>;
    };
    assertEquals(["train", "download_weights", "bundle", "test"].filter((name) => name in tasks), ["train"]);
    const podium = (words: string) => `!sh "$WORK/podium" ${words}`;
    const prediction = "inference small.yml --num_tta=1 --output=inferences/other.csv --backend";
    const lines = [
      ...await codeLines(at("input bundle", "podium.ipynb")).then((all) => all.slice(0, 4)),
      ...Object.keys(tasks).map((name) => podium(`${name} --help`)),
      ...["plugins", "find_duplicate_images --quiet", `${prediction}=cpu`].map(podium),
      // Without an adapter the backend says so, after its package was loaded.
      `${podium(`${prediction}=webgpu`)} || true`,
    ];
    const said = await runNotebook(lines, { places: where, path: at("programs"), home: at("home") });
    assert(!/Cannot find (module|package)|ERR_MODULE|not installed|Could not find/i.test(said), said);
  });

  it("stops with the next step where the competition's folder is not there", async () => {
    const unpack = join(places("folder", "", "").WORK, "unpack.sh");
    const { code, stderr } = await new Deno.Command("sh", {
      args: [unpack, at("nowhere")],
      cwd: dirname(unpack),
    })
      .output();
    assertEquals(code, 3);
    assertStringIncludes(new TextDecoder().decode(stderr), "Set DATA");
  });
});
