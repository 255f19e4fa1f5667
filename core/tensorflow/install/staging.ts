import { createHash } from "node:crypto";
import { dirname, join } from "@std/path";
import { pathExists } from "../../base/files.ts";

/** A file that was put into place. */
export interface StagedFile {
  /** Below the install folder. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

/** Receives the progress of downloading and unpacking, in bytes. */
export interface ByteProgress {
  /** A new file of so many bytes; 0 when that is not known. */
  begin(label: string, total: number): void;
  add(count: number): void;
}

/** Discards the progress. */
export const SILENT: ByteProgress = { begin: () => {}, add: () => {} };

/**
 * A folder beside what it will replace: files are collected here, checked, and take their place in one rename each, so
 * that an interrupted install leaves the old libraries or none.
 */
export class Staging {
  readonly files: StagedFile[] = [];
  readonly folder: string;

  constructor(readonly target: string) {
    this.folder = join(target, `staging-${Deno.pid}`);
  }

  /** Writes one file from pieces and returns its hash. */
  async write(
    path: string,
    pieces: AsyncIterable<Uint8Array>,
    onBytes: (count: number) => void = () => {},
  ): Promise<StagedFile> {
    const place = join(this.folder, path);
    await Deno.mkdir(dirname(place), { recursive: true });
    const hash = createHash("sha256");
    const file = await Deno.open(place, { write: true, create: true, truncate: true });
    let bytes = 0;
    try {
      for await (const piece of pieces) {
        hash.update(piece);
        for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
        bytes += piece.length;
        onBytes(piece.length);
      }
      await file.sync();
    } finally {
      file.close();
    }
    const staged = { path, bytes, sha256: hash.digest("hex") };
    this.files.push(staged);
    return staged;
  }

  /** Makes a symbolic link, relative as archives write it. */
  async link(path: string, to: string): Promise<void> {
    const place = join(this.folder, path);
    await Deno.mkdir(dirname(place), { recursive: true });
    await Deno.symlink(to, place);
  }

  /** Moves everything into place; what was there under the same names goes. */
  async commit(): Promise<void> {
    for await (const entry of Deno.readDir(this.folder)) {
      const place = join(this.target, entry.name);
      if (await pathExists(place)) await Deno.rename(place, join(this.folder, `old-${entry.name}`));
      await Deno.rename(join(this.folder, entry.name), place);
    }
    await this.discard();
  }

  /** Removes what was collected. */
  async discard(): Promise<void> {
    if (await pathExists(this.folder)) await Deno.remove(this.folder, { recursive: true });
  }
}
