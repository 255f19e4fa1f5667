import { z } from "zod";
import { readTextFile } from "../base/files.ts";
import type { Json } from "../base/json.ts";
import { dataProblem } from "../base/problem.ts";
import { writeJsonLines } from "../formats/json_lines.ts";
import { type Unit, unitSchema } from "./unit.ts";

/** Writes a plan: a unit a line, each after those that it needs. */
export async function writePlan(path: string, units: readonly Unit[]): Promise<void> {
  await writeJsonLines(path, units as unknown as Json[]);
}

function damaged(path: string, what: string): Error {
  return dataProblem(`Cannot use the plan "${path}": ${what}`, "Make it with deno task plan");
}

function readLine(line: string, place: { readonly path: string; readonly number: number }): Unit {
  try {
    return unitSchema.parse(JSON.parse(line));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw damaged(place.path, `line ${place.number} is no unit: ${reason}`);
  }
}

/**
 * Reads a plan.
 *
 * @throws a data problem where it is missing, a line is no unit, or a unit stands before one that it needs
 */
export async function readPlan(path: string): Promise<Unit[]> {
  const text = await readTextFile(path, "Make it with deno task plan", "table");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const units = lines.map((line, index) => readLine(line, { path, number: index + 1 }));
  const before = new Set<string>();
  for (const { id, needs } of units) {
    const missing = needs.find((need) => !before.has(need));
    if (missing !== undefined) throw damaged(path, `${id} needs ${missing}, which does not stand before it`);
    before.add(id);
  }
  if (units.length === 0) throw damaged(path, "it is empty");
  return units;
}
