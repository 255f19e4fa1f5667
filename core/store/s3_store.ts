import { writeWhole } from "../base/part_files.ts";
import { configProblem, isDataProblem, Problem } from "../base/problem.ts";
import { sha256 } from "../base/sha256.ts";
import { NETWORK_RETRY, type RetryPolicy } from "../transfer/retry.ts";
import { bytesOf, damaged, type OnProgress, reported, type Sink, sizeOf, writePieces } from "./contents.ts";
import { type S3Access, s3Access } from "./s3_access.ts";
import { S3Client } from "./s3_client.ts";
import { PART_SIZES, type PartSizes, SHA256_HEADER, upload, WRITER_HEADER } from "./s3_upload.ts";
import { elementTexts } from "./s3_xml.ts";
import type { Source, Store } from "./store.ts";
import { checkKey, checkPrefix, isKey, sha256OfBlob } from "./store_key.ts";

/** How a store in S3 is used; what is left out is as the program uses it. */
export interface S3Options {
  readonly access?: S3Access;
  readonly onProgress?: OnProgress | undefined;
  readonly retry?: RetryPolicy;
  readonly sizes?: PartSizes;
}

/** From so many bytes on, a question whether an object is there already costs less than sending it in vain. */
const WORTH_ASKING = 2 ** 20;
/** Objects by which a server shows whether it keeps the first of several writers, and how many it is given. */
const TRIALS = ".trials/", WRITERS = 4;

/**
 * A store in S3 or a server that answers like it: objects below `prefix`, with their SHA-256 in their metadata. First one
 * wins by conditional writes (If-None-Match: *).
 */
export class S3Store implements Store {
  readonly #client: S3Client;
  readonly #onProgress: OnProgress;
  readonly #sizes: PartSizes;

  private constructor(readonly address: string, options: S3Options) {
    const { access = s3Access(address), retry = NETWORK_RETRY } = options;
    this.#client = new S3Client(access, retry);
    this.#onProgress = options.onProgress ?? (() => {});
    this.#sizes = options.sizes ?? PART_SIZES;
  }

  /**
   * Opens a store and sees whether the server keeps its promises.
   *
   * @throws Problem (config) when the server refuses, or overwrites in spite of If-None-Match
   */
  static async open(address: string, options: S3Options = {}): Promise<S3Store> {
    const store = new S3Store(address, options);
    try {
      await store.#tryConditions();
      return store;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      throw configProblem(`Cannot open the store "${address}": ${error.message}`, error.next);
    }
  }

  /** Of conditional writes to a new key at the same moment one may succeed; some servers look, then write. */
  async #tryConditions(): Promise<void> {
    const key = `${TRIALS}${crypto.randomUUID()}`, bytes = new TextEncoder().encode("Podium\n");
    const body = { bytes, sha256: sha256(bytes) }, headers = { "if-none-match": "*" };
    const write = () =>
      this.#client.request(
        { method: "PUT", key, headers, body, expected: [412] },
        ({ status }) => Promise.resolve(status < 300),
      );
    const written = (await Promise.all(Array.from({ length: WRITERS }, write))).filter(Boolean).length;
    await this.#remove(key);
    if (written <= 1) return;
    throw configProblem(
      `${this.#client.name} lets ${written} of ${WRITERS} writers write, in spite of If-None-Match: *`,
      "Use a server whose conditional writes are safe: Amazon S3, Cloudflare R2, SeaweedFS after 4.16",
    );
  }

  async #head(key: string): Promise<Headers | null> {
    return await this.#client.request(
      { method: "HEAD", key: checkKey(key), expected: [404] },
      ({ status, headers }) => Promise.resolve(status === 404 ? null : headers),
    );
  }

  /** Whether the object is there because this upload wrote it. */
  async #write(
    key: string,
    { source, onlyIfAbsent }: { source: Source; onlyIfAbsent: boolean },
  ): Promise<boolean> {
    const writer = crypto.randomUUID(), sizes = this.#sizes, onProgress = this.#onProgress;
    const wanted = { key: checkKey(key), source, writer, onlyIfAbsent, sizes, onProgress };
    if (await upload(this.#client, wanted) === "written") return true;
    // The server has an object: another's, or that of an earlier try of ours whose answer was lost.
    return (await this.#head(key))?.get(WRITER_HEADER) === writer;
  }

  async putIfAbsent(key: string, source: Source): Promise<"written" | "exists"> {
    const large = await sizeOf(source) >= WORTH_ASKING;
    if (large && await this.#head(key) !== null) return "exists";
    return await this.#write(key, { source, onlyIfAbsent: true }) ? "written" : "exists";
  }

  async put(key: string, source: Source): Promise<void> {
    if (await this.#write(key, { source, onlyIfAbsent: false })) return;
    throw new Problem("failed", `Cannot store "${key}": ${this.#client.name} lost the upload`, "Run again");
  }

  /** Sends a content to the sink that `use` makes of a try, checked; false when there is no such key. */
  async #receive(key: string, use: (read: (sink: Sink) => Promise<void>) => Promise<void>): Promise<boolean> {
    return await this.#client.request(
      { method: "GET", key: checkKey(key), expected: [404] },
      async (answer) => {
        if (answer.status === 404) return false;
        const total = Number(answer.headers.get("content-length") ?? 0), onProgress = this.#onProgress;
        const checksum = sha256OfBlob(key) ?? answer.headers.get(SHA256_HEADER);
        await use(async (sink) => {
          const actual = await sink(reported(answer.pieces, { key, total, onProgress }));
          if (actual !== checksum) throw damaged(key, this.address);
        });
        return true;
      },
    );
  }

  /** Once more when the bytes are wrong: they may be so on the way alone. */
  async #receiveTwice(
    key: string,
    use: (read: (sink: Sink) => Promise<void>) => Promise<void>,
  ): Promise<boolean> {
    try {
      return await this.#receive(key, use);
    } catch (error) {
      if (!isDataProblem(error)) throw error;
      return await this.#receive(key, use);
    }
  }

  async get(key: string, path: string): Promise<boolean> {
    return await this.#receiveTwice(key, (read) => {
      return writeWhole(path, (file) => read((pieces) => writePieces(pieces, file, path)));
    });
  }

  async read(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    let bytes: Uint8Array<ArrayBuffer> | null = null;
    await this.#receiveTwice(key, async (read) => {
      bytes = await bytesOf(read);
    });
    return bytes;
  }

  async *list(prefix: string): AsyncGenerator<string> {
    const start = this.#client.access.prefix;
    const fixed = { "list-type": "2", prefix: start + checkPrefix(prefix) };
    let token: string | undefined;
    do {
      const query = { ...fixed, ...(token === undefined ? {} : { "continuation-token": token }) };
      const text = await this.#client.request({ method: "GET", query }, (answer) => answer.text());
      for (const key of elementTexts(text, "Key")) {
        if (key.startsWith(start) && isKey(key.slice(start.length))) yield key.slice(start.length);
      }
      token = elementTexts(text, "NextContinuationToken")[0];
    } while (token !== undefined);
  }

  async #remove(key: string): Promise<void> {
    await this.#client.request({ method: "DELETE", key, expected: [404] }, () => Promise.resolve());
  }

  async delete(key: string): Promise<void> {
    await this.#remove(checkKey(key));
  }
}
