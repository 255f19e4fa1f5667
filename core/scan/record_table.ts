import type { FileTrait } from "./file_traits.ts";
import type { ImageFiles, Source } from "../base/example.ts";
import type { HashRecord, NamedHash, PlaneRecord } from "./record.ts";

const PRESENT = 1, FLAT = 2;
/** Means are kept as the hundredths that they are rounded to. */
const HUNDREDTHS = 100;

/** Hex of so many digits, as bytes. */
class HexColumn {
  readonly #bytes: Uint8Array;
  /** One cell, reused by every read and write so that none allocates an array. */
  readonly #cell: Uint8Array;

  constructor(readonly digits: number, rows: number) {
    this.#cell = new Uint8Array(Math.ceil(digits / 2));
    this.#bytes = new Uint8Array(this.#cell.length * rows);
  }

  set(row: number, hex: string): void {
    this.#cell.setFromHex(hex.padEnd(2 * this.#cell.length, "0"));
    this.#bytes.set(this.#cell, row * this.#cell.length);
  }

  get(row: number): string {
    const { length } = this.#cell, start = row * length;
    for (let i = 0; i < length; i++) this.#cell[i] = this.#bytes[start + i]!;
    return this.#cell.toHex().slice(0, this.digits);
  }
}

/** A list of words for each row, kept as a number: few different lists occur. */
class WordLists<Word extends string> {
  readonly #lists: (readonly Word[])[] = [[]];
  readonly #numbers: Uint16Array;

  constructor(rows: number) {
    this.#numbers = new Uint16Array(rows);
  }

  set(row: number, words: readonly Word[]): void {
    if (words.length === 0) return;
    const text = words.join();
    const known = this.#lists.findIndex((list) => list.join() === text);
    this.#numbers[row] = known >= 0 ? known : this.#lists.push(words) - 1;
  }

  get(row: number): readonly Word[] {
    return this.#lists[this.#numbers[row]!]!;
  }
}

/** Digits of a digest of pixels. */
const DIGEST_HEX = 32;

/** Channels in the order of records: the picture as gray first. */
export function sortChannels(channels: readonly (number | null)[]): (number | null)[] {
  return [...channels].sort((a, b) => (a ?? -1) - (b ?? -1));
}

/**
 * What a scan knows, in columns: about 60 bytes a plane, where objects would take a thousand. Every picture has a row for
 * each channel; rows of channels that could not be read stay empty.
 */
export class RecordTable {
  readonly #shapes: Uint32Array;
  readonly #means: Uint16Array;
  readonly #flags: Uint8Array;
  readonly #digests: HexColumn;
  readonly #hashes: readonly HexColumn[];
  readonly #traits: WordLists<FileTrait>;
  readonly #lowConfidence: WordLists<string>;

  /**
   * @param images in the order of the records
   * @param channels in the order of `sortChannels`
   */
  constructor(
    readonly images: readonly ImageFiles[],
    readonly channels: readonly (number | null)[],
    readonly names: readonly NamedHash[],
  ) {
    const rows = images.length * channels.length;
    this.#shapes = new Uint32Array(2 * rows);
    this.#means = new Uint16Array(rows);
    this.#flags = new Uint8Array(rows);
    this.#digests = new HexColumn(DIGEST_HEX, rows);
    this.#hashes = names.map(({ hash }) => new HexColumn(hash.bits / 4, rows));
    this.#traits = new WordLists(rows);
    this.#lowConfidence = new WordLists(rows);
  }

  /** Whether a plane has every hash of this table, each of the right length. */
  fits({ digest, hashes }: PlaneRecord): boolean {
    return digest.length === DIGEST_HEX &&
      this.names.every(({ name }, place) => hashes[name]?.length === this.#hashes[place]!.digits);
  }

  /** Keeps what a file says about one channel of a picture. */
  set(image: number, plane: PlaneRecord, traits: readonly FileTrait[]): void {
    const row = image * this.channels.length + this.channels.indexOf(plane.channel);
    this.#shapes[2 * row] = plane.width;
    this.#shapes[2 * row + 1] = plane.height;
    this.#means[row] = Math.round(plane.mean * HUNDREDTHS);
    this.#flags[row] = PRESENT | (plane.flat ? FLAT : 0);
    this.#digests.set(row, plane.digest);
    for (const [place, { name }] of this.names.entries()) this.#hashes[place]!.set(row, plane.hashes[name]!);
    this.#traits.set(row, traits);
    this.#lowConfidence.set(row, plane.lowConfidence);
  }

  /** All records, as views of this table. */
  records(): HashRecord[] {
    const records: HashRecord[] = [];
    for (let row = 0; row < this.#flags.length; row++) {
      if (this.#flags[row] !== 0) records.push(new TableRecord(this, row));
    }
    return records;
  }

  /** The picture of a row. */
  imageOf(row: number): ImageFiles {
    return this.images[Math.floor(row / this.channels.length)]!;
  }

  /** The channel of a row. */
  channelOf(row: number): number | null {
    return this.channels[row % this.channels.length]!;
  }

  /** Width in pixels. */
  widthOf(row: number): number {
    return this.#shapes[2 * row]!;
  }

  /** Height in pixels. */
  heightOf(row: number): number {
    return this.#shapes[2 * row + 1]!;
  }

  /** Mean gray level. */
  meanOf(row: number): number {
    return this.#means[row]! / HUNDREDTHS;
  }

  /** Whether the plane is flat. */
  isFlat(row: number): boolean {
    return (this.#flags[row]! & FLAT) !== 0;
  }

  /** Digest of the pixels. */
  digestOf(row: number): string {
    return this.#digests.get(row);
  }

  /** Hashes by name. */
  hashesOf(row: number): Record<string, string> {
    const hashes: Record<string, string> = {};
    for (const [place, { name }] of this.names.entries()) hashes[name] = this.#hashes[place]!.get(row);
    return hashes;
  }

  /** Traits of the file. */
  traitsOf(row: number): readonly FileTrait[] {
    return this.#traits.get(row);
  }

  /** Names of hashes with a doubtful bit. */
  lowConfidenceOf(row: number): readonly string[] {
    return this.#lowConfidence.get(row);
  }
}

/** A row of the table; every field is read from its column when it is asked for. */
class TableRecord implements HashRecord {
  readonly #table: RecordTable;
  readonly #row: number;

  constructor(table: RecordTable, row: number) {
    this.#table = table;
    this.#row = row;
  }

  get id(): string {
    return this.#table.imageOf(this.#row).id;
  }

  get source(): Source {
    return this.#table.imageOf(this.#row).source;
  }

  get file(): string {
    const { files } = this.#table.imageOf(this.#row);
    return files.length === 1 ? files[0]! : files[this.channel ?? 0]!;
  }

  get whole(): boolean {
    const { files } = this.#table.imageOf(this.#row);
    return files.length > 1 || this.#table.channels.every((channel) => channel === null);
  }

  get channel(): number | null {
    return this.#table.channelOf(this.#row);
  }

  get width(): number {
    return this.#table.widthOf(this.#row);
  }

  get height(): number {
    return this.#table.heightOf(this.#row);
  }

  get mean(): number {
    return this.#table.meanOf(this.#row);
  }

  get flat(): boolean {
    return this.#table.isFlat(this.#row);
  }

  get digest(): string {
    return this.#table.digestOf(this.#row);
  }

  get hashes(): Readonly<Record<string, string>> {
    return this.#table.hashesOf(this.#row);
  }

  get traits(): readonly FileTrait[] {
    return this.#table.traitsOf(this.#row);
  }

  get lowConfidence(): readonly string[] {
    return this.#table.lowConfidenceOf(this.#row);
  }
}
