import { parseArgs } from "@std/cli";
import { z } from "zod";
import { configProblem, Problem, suggestName } from "../base/problem.ts";
import type { Output } from "../base/output.ts";
import { systemProblem } from "../base/system_error.ts";
import { showLibraryNoise } from "../machine/library_noise.ts";
import { TerminalOutput } from "./output.ts";
import { refusedAccess } from "./refused_access.ts";

/** Flags that every task has. */
const COMMON = z.strictObject({
  help: z.boolean().default(false).describe("Show this help"),
  json: z.boolean().default(false).describe("Print one JSON document on stdout, everything else on stderr"),
  quiet: z.boolean().default(false).describe("Print errors only"),
  debug: z.boolean().default(false).describe("Show the stack of an error, and what native libraries say"),
});

/** What a task is given when it runs. */
export interface TaskInput<Flags> {
  readonly flags: Flags;
  readonly positionals: readonly string[];
  readonly output: Output;
  /** Whether the user wants errors only; what is said through `output` keeps to it by itself. */
  readonly quiet: boolean;
}

/** A task: its flags, its help, and what it does. */
export interface Task<Flags extends z.ZodObject> {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  /** Complete commands; the first two are shown first in the help. */
  readonly examples: readonly [string, string, ...string[]];
  /** Name of the positional arguments as the help shows it, when there are any. */
  readonly positionals?: string;
  /** Flag names in snake_case; every field described and, unless optional, defaulted. */
  readonly flags: Flags;
  /** One letter for a flag, by its name: `{ message: "m" }` takes -m for --message. */
  readonly letters?: Readonly<Record<string, string>>;
  /** Does the work. What it returns is printed with --json. */
  run(input: TaskInput<z.output<Flags>>): Promise<unknown>;
}

/** The type without its wrappers: default, optional, pipe. */
function innerType(field: z.core.$ZodType): z.core.$ZodType {
  const def = field._zod.def as { type: string; innerType?: z.core.$ZodType; in?: z.core.$ZodType };
  if (def.innerType) return innerType(def.innerType);
  return def.type === "pipe" && def.in ? innerType(def.in) : field;
}

function fieldKind(field: z.core.$ZodType): "boolean" | "number" | "array" | "string" {
  const type = innerType(field)._zod.def.type;
  if (type === "boolean" || type === "array") return type;
  return type === "number" || type === "int" ? "number" : "string";
}

function namesOfKind(shape: z.core.$ZodShape, kind: string): string[] {
  return Object.keys(shape).filter((name) => fieldKind(shape[name]!) === kind);
}

/** `--dry-run` as `--dry_run`, whatever the user's habit; values and `--no-` stay. */
function withUnderscores(arg: string): string {
  return arg.replace(/^--(no-)?[^=]+/, (flag, no = "") => {
    return `--${no}${flag.slice(2 + no.length).replaceAll("-", "_")}`;
  });
}

/** Flags and positionals of a command line, checked. Throws a config problem that names every mistake. */
export function readFlags<Flags extends z.ZodObject>(
  flags: Flags,
  given: readonly string[],
  letters: Readonly<Record<string, string>> = {},
): { flags: z.output<Flags>; positionals: string[] } {
  const args = given.map(withUnderscores);
  const shape = flags.shape;
  const unknown: string[] = [];
  const booleans = namesOfKind(shape, "boolean");
  const parsed = parseArgs(args, {
    boolean: booleans,
    string: Object.keys(shape).filter((name) => !booleans.includes(name)),
    alias: letters,
    collect: namesOfKind(shape, "array"),
    negatable: booleans,
    unknown: (arg, key) => {
      if (key !== undefined) unknown.push(`unknown flag ${arg}: ${suggestName(key, Object.keys(shape))}`);
      return key === undefined;
    },
  });
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(shape)) {
    const value = parsed[name];
    const absent = value === undefined || (Array.isArray(value) && value.length === 0) ||
      (value === false && !args.some((arg) => arg === `--no-${name}` || arg.startsWith(`--${name}`)));
    if (!absent) values[name] = fieldKind(shape[name]!) === "number" && value !== "" ? Number(value) : value;
  }
  const result = flags.safeParse(values);
  const wrong = result.success ? [] : result.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `--${name} ${JSON.stringify(parsed[name])}: ${issue.message}`;
  });
  if (unknown.length + wrong.length > 0 || !result.success) {
    throw configProblem([...unknown, ...wrong].join("\n"), "Run with --help for the flags");
  }
  return { flags: result.data, positionals: parsed._.map(String) };
}

/** The help text of a task. */
export function helpText<Flags extends z.ZodObject>(task: Task<Flags>): string {
  const lines = [
    task.about,
    "",
    "Examples:",
    ...task.examples.map((example) => `  ${example}`),
    "",
    "Flags:",
  ];
  const shape = { ...task.flags.shape, ...COMMON.shape };
  for (const [name, field] of Object.entries(shape)) {
    const def = (field as z.ZodType)._zod.def as { type: string; defaultValue?: unknown };
    const fallback = def.type === "default" && def.defaultValue !== false
      ? ` (${JSON.stringify(def.defaultValue)})`
      : "";
    const letter = task.letters?.[name];
    const written = letter === undefined ? name : `${name}, -${letter}`;
    lines.push(`  --${written.padEnd(18)} ${(field as z.ZodType).description ?? ""}${fallback}`);
  }
  if (task.positionals) lines.splice(1, 0, "", `deno task ${task.name} [flags] ${task.positionals}`);
  return lines.join("\n");
}

/** The stack of an error and of those that caused it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\nCaused by: ${stackOf(error.cause)}`;
  return (error.stack ?? error.message) + cause;
}

/** An error as the problem that it means, or null when it is a fault of the program. */
async function problemOf(error: unknown): Promise<Problem | null> {
  if (error instanceof Problem) return error;
  return error instanceof Deno.errors.NotCapable ? await refusedAccess(error) : systemProblem(error);
}

async function reportError(error: unknown, output: TerminalOutput, debug: boolean): Promise<number> {
  const problem = await problemOf(error);
  if (problem !== null) {
    output.error(`error: ${problem.message}`);
    if (problem.next) output.error(`next: ${problem.next}`);
    if (debug) output.error(stackOf(error));
    return problem.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  output.error(`error: ${message}`);
  if (debug) output.error(stackOf(error));
  else output.error("next: Run again with --debug to see where, and report it");
  return 1;
}

/**
 * Runs a task with a command line and returns its exit code: 0 done, 1 failed, 2 wrong flags or config, 3 a data
 * problem, 130 interrupted.
 */
export async function runTask<Flags extends z.ZodObject>(
  task: Task<Flags>,
  args: readonly string[],
): Promise<number> {
  const asked = (name: string) => args.includes(`--${name}`);
  const output = new TerminalOutput({ json: asked("json"), quiet: asked("quiet") });
  if (asked("help")) {
    new TerminalOutput({ json: false, quiet: false }).line(helpText(task));
    return 0;
  }
  if (asked("debug")) showLibraryNoise();
  try {
    const all = z.strictObject({ ...task.flags.shape, ...COMMON.shape });
    const { flags, positionals } = readFlags(all, args, task.letters);
    if (positionals.length > 0 && !task.positionals) {
      throw configProblem(`unexpected argument "${positionals[0]}"`, "Run with --help for the flags");
    }
    const { help: _help, json: _json, quiet, debug: _debug, ...own } = flags;
    output.document(await task.run({ flags: own as z.output<Flags>, positionals, output, quiet }));
    return 0;
  } catch (error) {
    return await reportError(error, output, asked("debug"));
  }
}
