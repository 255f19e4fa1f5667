import { basename, join, resolve } from "@std/path";
import { stringify } from "@std/yaml";
import { checkWritable } from "../base/check_writable.ts";
import { pathExists, writeFileAtomic } from "../base/files.ts";
import { type Output, SILENT } from "../base/output.ts";
import { configProblem } from "../base/problem.ts";
import { LAYOUT_FILE } from "../layout/layout_file.ts";
import { firstCommands } from "./commands.ts";
import { inspectFolder, type Inspection } from "./inspect_folder.ts";
import { smallConfig, strongConfig, submissionConfig } from "./config_text.ts";

/** Options of {@link initCompetition}. */
export interface InitOptions {
  /** The folder of the competition's files; `data` when left out. */
  readonly dir?: string;
  /** Replace files of an earlier call. */
  readonly overwrite?: boolean;
  readonly output?: Output;
}

/** Result of {@link initCompetition}. */
export interface Initialised {
  readonly inspection: Inspection;
  /** Paths written: the layout file, two training configs and the submission config. */
  readonly files: readonly string[];
  /** Commands from here to the first submission. */
  readonly commands: readonly { readonly command: string; readonly about: string }[];
}

async function checkNew(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if (!(await pathExists(path))) continue;
    throw configProblem(
      `Cannot write "${path}": it is there already`,
      "Keep it and go on with the commands of the first init, or replace it with --overwrite",
    );
  }
}

/** Parameters that say something; null and an empty list leave it to the layout. */
function writtenParams(params: Inspection["layoutParams"]): Record<string, unknown> {
  const says = (value: unknown) => value !== null && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(params).filter(([, value]) => says(value)));
}

function layoutText({ layoutName, layoutParams }: Inspection): string {
  return "# How this folder is laid out, for data.layout: auto. Written by init; edit it where it is wrong.\n" +
    stringify({ layout: layoutName, params: writtenParams(layoutParams) });
}

/**
 * Looks at a competition's folder and writes what the other tasks need: layout.yml into the folder, and
 * configs/<name>/{small,strong,submission}.yml, where name is that of the folder.
 *
 * @throws a data problem that lists what was seen and what is missing when the folder is not understood; a config
 * problem when a file is there already
 */
export async function initCompetition(options: InitOptions = {}): Promise<Initialised> {
  const { dir = "data", overwrite = false, output = SILENT } = options;
  const name = basename(resolve(dir)), folder = join("configs", name), run = `${name}/small`;
  const layoutPath = join(dir, LAYOUT_FILE);
  const [small, strong, submission] = ["small", "strong", "submission"].map((file) =>
    join(folder, `${file}.yml`)
  );
  const files = [layoutPath, small!, strong!, submission!];
  if (!overwrite) await checkNew(files);
  await checkWritable(dir, "the data folder");
  await checkWritable("configs", "the folder of configs");
  const inspection = await inspectFolder(dir, { output });
  await Deno.mkdir(folder, { recursive: true });
  const texts = [
    layoutText(inspection),
    smallConfig(inspection, `results/${run}`),
    strongConfig(inspection, `results/${name}/strong`),
    submissionConfig(inspection, run, `submissions/${name}.csv`),
  ];
  for (const [index, path] of files.entries()) await writeFileAtomic(path, texts[index]!);
  return {
    inspection,
    files,
    commands: firstCommands(inspection, { small: small!, submission: submission! }),
  };
}
