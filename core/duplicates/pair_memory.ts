import { DatabaseSync, type StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { inTransaction, openDatabase } from "../scan/database.ts";

/** Pairs written at once. */
const BATCH = 1000;

interface PairTable {
  readonly database: DatabaseSync;
  readonly get: StatementSync;
  readonly knows: StatementSync;
  readonly put: StatementSync;
}

const SCHEMA = [
  "CREATE TABLE IF NOT EXISTS pairs (a TEXT, b TEXT, correlation REAL NOT NULL, checksum INTEGER NOT NULL," +
  " PRIMARY KEY (a, b)) WITHOUT ROWID",
  "CREATE INDEX IF NOT EXISTS pairs_by_second ON pairs (b)",
];

function preparePairs(database: DatabaseSync): PairTable {
  for (const statement of SCHEMA) database.prepare(statement).run();
  return {
    database,
    get: database.prepare("SELECT correlation, checksum FROM pairs WHERE a = ? AND b = ?"),
    knows: database.prepare(
      "SELECT EXISTS (SELECT 1 FROM pairs WHERE a = ?1) OR EXISTS (SELECT 1 FROM pairs WHERE b = ?1) AS known",
    ),
    put: database.prepare("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?)"),
  };
}

/** Correlations of pairs of pictures by the digests of their pixels, kept for the next run. */
export class PairMemory {
  readonly #table: PairTable;
  /** Correlations that are not written yet, by `keyOf`. */
  readonly #waiting = new Map<string, number>();

  /**
   * @param path null keeps nothing on disk
   * @param warn told when the file is damaged
   */
  constructor(path: string | null, warn: (text: string) => void) {
    this.#table = path === null
      ? preparePairs(new DatabaseSync(":memory:"))
      : openDatabase(path, warn, preparePairs);
  }

  /** The correlation of a pair, if it is known and undamaged. */
  get(a: string, b: string): number | undefined {
    const waiting = this.#waiting.get(keyOf(a, b));
    if (waiting !== undefined) return waiting;
    const row = a < b ? this.#table.get.get(a, b) : this.#table.get.get(b, a);
    if (!row || row.checksum !== checksumOf(keyOf(a, b), row.correlation as number)) return undefined;
    return row.correlation as number;
  }

  /** Whether any pair with this picture is known: then most likely all that matter are. */
  knows(digest: string): boolean {
    return this.#table.knows.get(digest)?.known === 1;
  }

  /** Keeps the correlation of a pair. */
  put(a: string, b: string, correlation: number): void {
    this.#waiting.set(keyOf(a, b), correlation);
    if (this.#waiting.size >= BATCH) this.flush();
  }

  /** Writes what is waiting. */
  flush(): void {
    inTransaction(this.#table.database, () => {
      for (const [key, correlation] of this.#waiting) {
        const [a, b] = key.split(" ") as [string, string];
        this.#table.put.run(a, b, correlation, checksumOf(key, correlation));
      }
    });
    this.#waiting.clear();
  }

  /** Writes what is waiting, and closes the file. */
  close(): void {
    this.flush();
    this.#table.database.close();
  }
}

function checksumOf(key: string, correlation: number): number {
  return crc32(`${key} ${correlation}`);
}

function keyOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
