import { dirname } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import { writeProblem } from "../base/system_error.ts";

/** SQLite's code for pages that do not fit together. */
const CORRUPT = 11;
/** Its codes for a full disk: the database cannot grow, the index of the log beside it cannot. */
const FULL = new Set<unknown>([13, 4874]);
/** The last byte of its codes for a disk that cannot read or write. */
const IO_ERROR = 10;
/**
 * Its codes for a file that is damaged: other tables than ours, a header that says read-only, pages that do not fit together,
 * no database at all.
 */
const DAMAGES = new Set<unknown>([1, 8, CORRUPT, 26]);

function codeOf(error: unknown): unknown {
  return error instanceof Error && "errcode" in error ? error.errcode : null;
}

/** Whether an error of SQLite says that the file is damaged. */
export function isDamage(error: unknown): boolean {
  return DAMAGES.has(codeOf(error));
}

/** An error of SQLite as a problem that names the file, when the disk is the reason; every other error as it is. */
function diskProblem(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (FULL.has(code)) return writeProblem(path, "ENOSPC");
  const atDisk = typeof code === "number" && (code & 0xff) === IO_ERROR;
  return atDisk ? writeProblem(path, "EIO") : error;
}

/** Throws an error that `isDamage` knows when the pages of a database do not fit together. */
function checkPages(database: DatabaseSync): void {
  const found = database.prepare("PRAGMA integrity_check(1)").get()?.integrity_check;
  if (found !== "ok") throw Object.assign(new Error(`${found}`), { errcode: CORRUPT });
}

/** Settings of a database that several processes write at once. */
const SHARED = [
  "PRAGMA busy_timeout = 60000",
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = OFF",
];

/** Opens a database, prepares it, and makes of it what its user needs. */
function openWith<T>(
  path: string,
  { readOnly, prepare, begin }: {
    readonly readOnly: boolean;
    readonly prepare: (database: DatabaseSync) => void;
    readonly begin: (database: DatabaseSync) => T;
  },
): T {
  const database = new DatabaseSync(path, { readOnly });
  try {
    prepare(database);
    return begin(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Settings and checks of a database that is written. Statements are prepared, because what `exec` throws has no code. */
function prepareShared(database: DatabaseSync): void {
  for (const pragma of SHARED) database.prepare(pragma).get();
  checkPages(database);
  // A damaged header may say read-only, which the first write tells.
  database.prepare("PRAGMA user_version = 1").get();
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
 * @param begin makes the tables and statements, and returns what uses them
 * @throws a problem that names the file when the disk is full
 */
export function openDatabase<T>(
  path: string,
  warn: (text: string) => void,
  begin: (database: DatabaseSync) => T,
): T {
  Deno.mkdirSync(dirname(path), { recursive: true });
  const open = () => openWith(path, { readOnly: false, prepare: prepareShared, begin });
  try {
    return open();
  } catch (error) {
    if (!isDamage(error)) throw diskProblem(error, path);
    warn(`"${path}" is damaged: it is set aside as "${setAside(path)}" and begun anew`);
    return open();
  }
}

/** Opens a database that nobody writes any more. Throws an error that `isDamage` knows when it is damaged. */
export function readDatabase<T>(path: string, begin: (database: DatabaseSync) => T): T {
  return openWith(path, { readOnly: true, prepare: checkPages, begin });
}

function fillDatabase(path: string, fill: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(path);
  try {
    fill(database);
  } finally {
    database.close();
  }
}

/**
 * Writes a database so that it is either there whole or not at all: a temporary name, flushed, renamed.
 *
 * @throws a problem that names the file when the disk is full
 */
export function writeDatabase(path: string, fill: (database: DatabaseSync) => void): void {
  const temporary = `${path}.${Deno.pid}.part`;
  removeIfThere(temporary);
  try {
    fillDatabase(temporary, fill);
  } catch (error) {
    removeIfThere(temporary);
    throw diskProblem(error, path);
  }
  Deno.renameSync(temporary, path);
}

/**
 * Does `work` as one transaction: all that it writes is kept, or, when it throws, nothing.
 *
 * @throws a problem that names the file when the disk is full
 */
export function inTransaction(database: DatabaseSync, work: () => void): void {
  const run = (statement: string) => database.prepare(statement).run();
  try {
    run("BEGIN IMMEDIATE");
    work();
    run("COMMIT");
  } catch (error) {
    if (database.isTransaction) run("ROLLBACK");
    throw diskProblem(error, database.location() ?? ":memory:");
  }
}
