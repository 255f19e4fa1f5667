import type { z } from "zod";
import { EXIT_CODES, Problem } from "../base/problem.ts";
import type { Store } from "../store/store.ts";
import {
  storeKeys,
  type Unit,
  type UnitFailure,
  unitFailureSchema,
  type UnitResult,
  unitResultSchema,
} from "./unit.ts";
import { describeFile, type StoredFile } from "./unit_files.ts";

async function readJson<Schema extends z.ZodType>(
  store: Store,
  key: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  const bytes = await store.read(key);
  return bytes && schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

function jsonSource(value: unknown): { readonly bytes: Uint8Array } {
  return { bytes: new TextEncoder().encode(JSON.stringify(value, null, 1) + "\n") };
}

/** What a unit made; null while nobody has finished it. */
export async function readResult(store: Store, id: string): Promise<UnitResult | null> {
  return await readJson(store, storeKeys.result(id), unitResultSchema);
}

/** Why a unit has failed; null where it has not. */
export async function readFailure(store: Store, id: string): Promise<UnitFailure | null> {
  return await readJson(store, storeKeys.failed(id), unitFailureSchema);
}

/** The computer's name, by which people find it. */
export function machineName(): string {
  return Deno.hostname();
}

/** When and by which attempt a unit was run. */
export interface Attempt {
  readonly started: Date;
  readonly attempt: number;
}

/**
 * Stores what a unit made: first the files by their hashes, then the result, which makes them count. Where somebody else
 * was faster, theirs is the result.
 */
export async function storeResult(
  store: Store,
  { id }: Unit,
  { paths, started, attempt }: Attempt & { readonly paths: readonly string[] },
): Promise<UnitResult> {
  const outputs: StoredFile[] = [];
  for (const path of paths) {
    const file = await describeFile(path);
    await store.putIfAbsent(storeKeys.blob(file.sha256), { path });
    outputs.push(file);
  }
  const ended = new Date().toISOString();
  const own = { id, outputs, started: started.toISOString(), ended, machine: machineName(), attempt };
  const written = await store.putIfAbsent(storeKeys.result(id), jsonSource(own));
  await store.delete(storeKeys.failed(id));
  return written === "written" ? own : (await readResult(store, id))!;
}

/** Tells everybody why a unit has failed; interruptions are none, nor is what comes after a result. */
export async function storeFailure(
  store: Store,
  { id }: Unit,
  { error, attempt }: { readonly error: unknown; readonly attempt: number },
): Promise<void> {
  const kind = error instanceof Problem ? error.kind : "failed";
  if (kind === "interrupted" || await readResult(store, id) !== null) return;
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof Problem ? error.next ?? null : null;
  const time = new Date().toISOString();
  const failure: UnitFailure = { id, kind, message, next, time, machine: machineName(), attempt };
  await store.put(storeKeys.failed(id), jsonSource(failure));
}

/** Whether a failure would come again: wrong configs and data stay wrong, whoever tries. */
export function isLasting({ kind }: UnitFailure): boolean {
  return EXIT_CODES[kind] === EXIT_CODES.config || EXIT_CODES[kind] === EXIT_CODES.data;
}
