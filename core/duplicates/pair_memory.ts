import { DatabaseSync, type StatementSync } from "node:sqlite";
import { inTransaction, openDatabase } from "../scan/database.ts";

/** Pairs written at once. */
const BATCH = 1000;

/** Correlations of pairs of pictures by the digests of their pixels, kept for the next run. */
export class PairMemory {
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #knows: StatementSync;
  readonly #put: StatementSync;
  /** Correlations that are not written yet, by `keyOf`. */
  readonly #waiting = new Map<string, number>();

  /**
   * @param path null keeps nothing on disk
   * @param warn told when the file is damaged
   */
  constructor(path: string | null, warn: (text: string) => void) {
    this.#database = path === null ? new DatabaseSync(":memory:") : openDatabase(path, warn);
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS pairs (a TEXT, b TEXT, correlation REAL NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS pairs_by_second ON pairs (b);
    `);
    this.#get = this.#database.prepare("SELECT correlation FROM pairs WHERE a = ? AND b = ?");
    this.#knows = this.#database.prepare(
      "SELECT EXISTS (SELECT 1 FROM pairs WHERE a = ?1) OR EXISTS (SELECT 1 FROM pairs WHERE b = ?1) AS known",
    );
    this.#put = this.#database.prepare("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?)");
  }

  /** The correlation of a pair, if it is known. */
  get(a: string, b: string): number | undefined {
    const waiting = this.#waiting.get(keyOf(a, b));
    if (waiting !== undefined) return waiting;
    const row = a < b ? this.#get.get(a, b) : this.#get.get(b, a);
    return row?.correlation as number | undefined;
  }

  /** Whether any pair with this picture is known: then most likely all that matter are. */
  knows(digest: string): boolean {
    return this.#knows.get(digest)?.known === 1;
  }

  /** Keeps the correlation of a pair. */
  put(a: string, b: string, correlation: number): void {
    this.#waiting.set(keyOf(a, b), correlation);
    if (this.#waiting.size >= BATCH) this.flush();
  }

  /** Writes what is waiting. */
  flush(): void {
    inTransaction(this.#database, () => {
      for (const [key, correlation] of this.#waiting) {
        const [a, b] = key.split(" ") as [string, string];
        this.#put.run(a, b, correlation);
      }
    });
    this.#waiting.clear();
  }

  /** Writes what is waiting, and closes the file. */
  close(): void {
    this.flush();
    this.#database.close();
  }
}

function keyOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
