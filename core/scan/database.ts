import { dirname } from "@std/path";
import { DatabaseSync } from "node:sqlite";

/** SQLite's codes for a file that is damaged, and for one that is no database at all. */
const DAMAGED = 11, NO_DATABASE = 26;

/** Whether an error of SQLite says that the file is damaged. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && "errcode" in error &&
    (error.errcode === DAMAGED || error.errcode === NO_DATABASE);
}

/** Throws an error that `isDamage` knows when the pages of a database do not fit together. */
function checkPages(database: DatabaseSync): void {
  const found = database.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (found !== "ok") throw Object.assign(new Error(`${found}`), { errcode: DAMAGED });
}

/** Settings of a database that several processes write at once. */
const SHARED = ["PRAGMA busy_timeout = 60000", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF"];

function openChecked(path: string, { readOnly }: { readonly readOnly: boolean }): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly });
  try {
    // Prepared, because what `exec` throws has no code.
    if (!readOnly) { for (const pragma of SHARED) database.prepare(pragma).get(); }
    checkPages(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Renames a database and returns its new name; what SQLite keeps beside it goes. */
function setAside(path: string): string {
  const aside = `${path}.damaged`;
  Deno.renameSync(path, aside);
  removeIfThere(`${path}-wal`);
  removeIfThere(`${path}-shm`);
  return aside;
}

/**
 * Opens a database for reading and writing, or begins one. Several processes may use it at once: they wait for each other,
 * at most a minute. Nothing is flushed to the disk, so a kill costs only what was not written yet, and what a power failure
 * may do to the file is found here, when it is opened again.
 *
 * @param warn told when the file is damaged; it is then set aside under another name and a new one is begun
 */
export function openDatabase(path: string, warn: (text: string) => void): DatabaseSync {
  Deno.mkdirSync(dirname(path), { recursive: true });
  const open = () => openChecked(path, { readOnly: false });
  try {
    return open();
  } catch (error) {
    if (!isDamage(error)) throw error;
    warn(`"${path}" is damaged: it is set aside as "${setAside(path)}" and begun anew`);
    return open();
  }
}

/** Opens a database that nobody writes any more. Throws an error that `isDamage` knows when it is damaged. */
export function readDatabase(path: string): DatabaseSync {
  return openChecked(path, { readOnly: true });
}

/** Writes a database so that it is either there whole or not at all: a temporary name, flushed, renamed. */
export function writeDatabase(path: string, fill: (database: DatabaseSync) => void): void {
  const temporary = `${path}.${Deno.pid}.part`;
  removeIfThere(temporary);
  const database = new DatabaseSync(temporary);
  try {
    fill(database);
  } finally {
    database.close();
  }
  Deno.renameSync(temporary, path);
}

/** Does `work` as one transaction: all that it writes is kept, or, when it throws, nothing. */
export function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
  database.exec("COMMIT");
}
