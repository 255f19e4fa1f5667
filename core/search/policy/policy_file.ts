import { z } from "zod";
import { readFileSync, readText } from "../../base/read_file.ts";
import { writeFileAtomic } from "../../base/files.ts";
import { configProblem } from "../../base/problem.ts";
import { quoted } from "../../base/quoted.ts";
import type { Policy } from "./policy.ts";
import { parsePythonLiteral } from "../../formats/python_literal.ts";

const operationSchema = z.tuple([z.string(), z.record(z.string(), z.unknown())]);

/** Schema of a policy file: a list of policies, each a list of sub-policies, each a list of operations. */
const policiesSchema = z.array(z.array(z.array(operationSchema).min(1)));

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parsePythonLiteral(text);
  }
}

/**
 * Parses a policy file: JSON, or the Python literal that upstream's search writes.
 *
 * @throws a config problem that names the file and the place
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const text = "[[(('Blur', {'blur_limit': 3, 'p': 0.5}), ('InvertImg', {'p': 0.0}))]]";
 * assertEquals(parsePolicies(text, "a.data"), [[[["Blur", { blur_limit: 3, p: 0.5 }], ["InvertImg", { p: 0 }]]]]);
 * ```
 */
export function parsePolicies(text: string, path: string): Policy[] {
  const next =
    "Write it by the search, or correct it: a list of policies of sub-policies of (name, {params}) pairs";
  let value: unknown;
  try {
    value = parseText(text);
  } catch (error) {
    throw configProblem(`Cannot read the policy file "${path}": ${(error as Error).message}`, next);
  }
  const result = policiesSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const place = issue.path.map((step) => `[${typeof step === "string" ? quoted(step) : String(step)}]`).join(
    "",
  );
  throw configProblem(
    `Cannot read the policy file "${path}": ${place || "the whole"}: ${issue.message}`,
    next,
  );
}

function missingFile(path: string): Error {
  return configProblem(
    `Cannot read the policy file "${path}": there is no such file`,
    "Run the search (`deno task train configs/search.yml`), or correct transform.params.policies",
  );
}

/** Reads a policy file. Throws a config problem when it is missing or malformed. */
export async function readPolicyFile(path: string): Promise<Policy[]> {
  try {
    return parsePolicies(await readText(path, "text"), path);
  } catch (error) {
    throw error instanceof Deno.errors.NotFound ? missingFile(path) : error;
  }
}

/** Synchronous `readPolicyFile`, for transforms, which are created synchronously. */
export function readPolicyFileSync(path: string): Policy[] {
  try {
    return parsePolicies(new TextDecoder().decode(readFileSync(path, "text")), path);
  } catch (error) {
    throw error instanceof Deno.errors.NotFound ? missingFile(path) : error;
  }
}

function formatValue(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `(${value.map(formatValue).join(", ")}${value.length === 1 ? "," : ""})`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${formatValue(key)}: ${formatValue(item)}`);
  return `{${entries.join(", ")}}`;
}

/** Formats policies as upstream's Python literal: lists of lists of tuples. */
export function formatPython(policies: readonly Policy[]): string {
  const groups = policies.map((policy) => `[${policy.map(formatValue).join(", ")}]`);
  return `[${groups.join(", ")}]`;
}

/**
 * Writes a policy file atomically.
 *
 * @param options.format `json` (default), or `python` for upstream's scripts
 */
export async function writePolicyFile(
  path: string,
  policies: readonly Policy[],
  options: { readonly format?: "json" | "python" } = {},
): Promise<void> {
  const text = options.format === "python" ? formatPython(policies) : JSON.stringify(policies, null, 1);
  await writeFileAtomic(path, text + "\n");
}
