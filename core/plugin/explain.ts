import type { z } from "zod";
import { nearestName } from "../base/problem.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** The value at a path; undefined when the path does not exist. */
function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Keys of the object schema at a path, which may lead through lists; empty when there is no object schema. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let current = unwrap(schema);
  for (const key of path) {
    const { shape, element } = current._zod.def as {
      shape?: Record<PropertyKey, z.ZodType>;
      element?: z.ZodType;
    };
    const inner = shape?.[key] ?? element;
    if (inner === undefined) return [];
    current = unwrap(inner);
  }
  return Object.keys((current._zod.def as { shape?: object }).shape ?? {});
}

/** The schema inside defaults and the like; of alternatives the last, which is the object where there is one. */
function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType, options } = schema._zod.def as { innerType?: z.ZodType; options?: readonly z.ZodType[] };
  const inner = innerType ?? options?.at(-1);
  return inner ? unwrap(inner) : schema;
}

function unknownKeys(issue: Issue & { keys: string[] }, prefix: string, known: readonly string[]): string[] {
  return issue.keys.map((key) => {
    const nearest = nearestName(key, known);
    const hint = nearest === undefined
      ? `allowed: ${known.join(", ") || "none"}`
      : `did you mean "${nearest}"?`;
    return `${prefix}${key}: unknown key; ${hint}`;
  });
}

/**
 * Formats each validation issue as one line: key path, received value, allowed values, nearest known name.
 *
 * @param where config path of the validated value, such as `model.params`
 */
export function explainIssues(
  error: z.ZodError,
  value: unknown,
  options: { readonly schema: z.ZodType; readonly where?: string },
): string[] {
  const start = options.where ? `${options.where}.` : "";
  return error.issues.flatMap((issue) => {
    const path = issue.path.join(".");
    if (issue.code === "unrecognized_keys") {
      return unknownKeys(issue, start + (path && `${path}.`), keysAt(options.schema, issue.path));
    }
    const received = valueAt(value, issue.path);
    const shown = received === undefined ? "missing" : JSON.stringify(received);
    return [`${`${start}${path}`.replace(/\.$/, "")}: ${shown}: ${describeIssue(issue, received)}`];
  });
}

function describeIssue(issue: Issue, received: unknown): string {
  if (issue.code !== "invalid_value") return issue.message;
  const allowed = issue.values.map(String);
  const nearest = typeof received === "string" ? nearestName(received, allowed) : undefined;
  return `allowed: ${allowed.join(", ")}${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`;
}
