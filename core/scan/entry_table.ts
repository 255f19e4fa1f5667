import type { DatabaseSync, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { inTransaction } from "./database.ts";
import type { FileEntry } from "./file_entry.ts";
import type { PlaneRecord } from "./record.ts";

/** Columns of an entry; planes and traits as JSON. */
interface Row {
  readonly file: string;
  readonly size: number;
  readonly changed: number;
  readonly content: string;
  readonly planes: string;
  readonly traits: string;
  readonly reason: string | null;
  /** CRC-32 of the other columns. */
  readonly checksum: number;
}

/** A plane as it is stored: its fields in this order, without their names. */
type PlaneCells = [
  channel: number | null,
  width: number,
  height: number,
  mean: number,
  flat: 0 | 1,
  digest: string,
  hashes: Readonly<Record<string, string>>,
  lowConfidence: readonly string[],
];

function planeCells(plane: PlaneRecord): PlaneCells {
  const { channel, width, height, mean, flat, digest, hashes, lowConfidence } = plane;
  return [channel, width, height, mean, flat ? 1 : 0, digest, hashes, lowConfidence];
}

function readPlane(cells: PlaneCells): PlaneRecord {
  const [channel, width, height, mean, flat, digest, hashes, lowConfidence] = cells;
  return { channel, width, height, mean, flat: flat === 1, digest, hashes, lowConfidence };
}

function checksumOf({ file, size, changed, content, planes, traits, reason }: Omit<Row, "checksum">): number {
  return crc32(JSON.stringify([file, size, changed, content, planes, traits, reason]));
}

/** The entry of a row; undefined when the row is damaged: its file is then looked at again. */
function readRow(row: Row): FileEntry | undefined {
  const { checksum, ...rest } = row;
  if (checksumOf(rest) !== checksum) return undefined;
  const planes = (JSON.parse(row.planes) as PlaneCells[]).map(readPlane);
  return { ...rest, planes, traits: JSON.parse(row.traits) };
}

/** Entries of files in a database, one a file; a later one takes the place of an earlier one. */
export class EntryTable {
  readonly #key: string;
  readonly #byFile: StatementSync;
  readonly #put: StatementSync;
  #byContent: StatementSync | null = null;

  /** @param key stands for hashes and channels: entries of others have tables of their own */
  constructor(readonly database: DatabaseSync, key: string) {
    this.#key = key;
    database.prepare(`
      CREATE TABLE IF NOT EXISTS files_${key} (
        file TEXT PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL, content TEXT NOT NULL,
        planes TEXT NOT NULL, traits TEXT NOT NULL, reason TEXT, checksum INTEGER NOT NULL
      ) WITHOUT ROWID
    `).run();
    this.#byFile = database.prepare(`SELECT * FROM files_${key} WHERE file = ?`);
    this.#put = database.prepare(`INSERT OR REPLACE INTO files_${key} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  }

  /** Whether nothing is known yet. */
  isEmpty(): boolean {
    return this.database.prepare(`SELECT 1 FROM files_${this.#key} LIMIT 1`).get() === undefined;
  }

  /** The entry of a file. */
  ofFile(file: string): FileEntry | undefined {
    const row = this.#byFile.get(file);
    return row && readRow(row as unknown as Row);
  }

  /** An entry of files with this content. The index for it is made when it is first asked for: many scans never do. */
  ofContent(content: string): FileEntry | undefined {
    this.#byContent ??= this.#indexContents();
    const row = this.#byContent.get(content);
    return row && readRow(row as unknown as Row);
  }

  #indexContents(): StatementSync {
    const key = this.#key;
    const index = this.database.prepare(
      `CREATE INDEX IF NOT EXISTS contents_${key} ON files_${key} (content)`,
    );
    inTransaction(this.database, () => index.run());
    return this.database.prepare(`SELECT * FROM files_${key} WHERE content = ? LIMIT 1`);
  }

  /** Keeps entries, all of them or, when the process is killed meanwhile, none. */
  write(entries: Iterable<FileEntry>): void {
    inTransaction(this.database, () => {
      for (const { file, size, changed, content, reason, ...entry } of entries) {
        const planes = JSON.stringify(entry.planes.map(planeCells)), traits = JSON.stringify(entry.traits);
        const checksum = checksumOf({ file, size, changed, content, planes, traits, reason });
        this.#put.run(file, size, changed, content, planes, traits, reason, checksum);
      }
    });
  }
}
