import { parse } from "@std/yaml";
import { configProblem } from "../base/problem.ts";

type Tree = Record<string, unknown>;

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Applies one `--set a.b=value` override to an unvalidated config; the value is parsed as YAML. Missing sections are
 * created, so that validation can report a mistyped key.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const tree = applyOverride({ train: { dir: "out" } }, "train.num_epochs=2");
 * assertEquals(tree, { train: { dir: "out", num_epochs: 2 } });
 * ```
 */
export function applyOverride(tree: Readonly<Tree>, assignment: string): Tree {
  const equals = assignment.indexOf("=");
  const path = assignment.slice(0, equals).split(".");
  if (equals < 1 || path.some((key) => key === "" || key === "__proto__")) {
    throw configProblem(`Cannot read --set "${assignment}": it is not of the form key.path=value`);
  }
  return assign(tree, path, readValue(assignment.slice(equals + 1), assignment));
}

function readValue(text: string, assignment: string): unknown {
  try {
    return parse(text);
  } catch {
    throw configProblem(`Cannot read --set "${assignment}": the value is not YAML`);
  }
}

function assign(tree: Readonly<Tree>, path: readonly string[], value: unknown): Tree {
  const [key, ...rest] = path;
  if (rest.length === 0) return { ...tree, [key!]: value };
  const child = tree[key!];
  return { ...tree, [key!]: assign(isTree(child) ? child : {}, rest, value) };
}
