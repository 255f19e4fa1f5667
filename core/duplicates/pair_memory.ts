import { pathExists, writeFileAtomic } from "../base/files.ts";
import { forEachLine } from "../formats/lines.ts";

type Line = readonly [a: string, b: string, correlation: number];

function isLine(value: unknown): value is Line {
  return Array.isArray(value) && value.length === 3 && typeof value[0] === "string" &&
    typeof value[1] === "string" && typeof value[2] === "number";
}

function parseLine(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? value : null;
  } catch {
    return null;
  }
}

function keyOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** Correlations of pairs of pictures by the digests of their pixels, kept in a file for the next run. */
export class PairMemory {
  readonly #correlations = new Map<string, number>();
  readonly #digests = new Set<string>();
  #changed = false;

  /** @param path null keeps nothing on disk */
  constructor(readonly path: string | null) {}

  /** Opens a file of pairs; a missing one is empty, a broken line is passed over. */
  static async open(path: string): Promise<PairMemory> {
    const memory = new PairMemory(path);
    if (!(await pathExists(path))) return memory;
    forEachLine(path, (text) => {
      const line = parseLine(text);
      if (line) memory.#remember(line[0], line[1], line[2]);
    });
    return memory;
  }

  #remember(a: string, b: string, correlation: number): void {
    this.#correlations.set(keyOf(a, b), correlation);
    this.#digests.add(a).add(b);
  }

  /** The correlation of a pair, if it is known. */
  get(a: string, b: string): number | undefined {
    return this.#correlations.get(keyOf(a, b));
  }

  /** Whether any pair with this picture is known: then most likely all that matter are. */
  knows(digest: string): boolean {
    return this.#digests.has(digest);
  }

  /** Keeps the correlation of a pair. */
  put(a: string, b: string, correlation: number): void {
    this.#changed = true;
    this.#remember(a, b, correlation);
  }

  /** Writes the file when something is new, sorted. */
  async save(): Promise<void> {
    if (this.path === null || !this.#changed) return;
    const lines = [...this.#correlations].sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, correlation]) => JSON.stringify([...key.split(" "), correlation]) + "\n");
    await writeFileAtomic(this.path, lines.join(""));
    this.#changed = false;
  }
}
