import { join } from "@std/path";
import { listFiles, writeFileAtomic } from "../base/files.ts";
import { maskedCrc32c } from "../formats/crc32c.ts";
import {
  bytesField,
  doubleField,
  type Encoded,
  floatField,
  integerField,
  joinBytes,
} from "../formats/protobuf.ts";
import { readFile } from "../base/read_file.ts";

/** Numbers of tensorflow/core/util/event.proto and summary.proto. */
const WALL_TIME = 1, STEP = 2, FILE_VERSION = 3, SUMMARY = 5, VALUE = 1, TAG = 1, SIMPLE_VALUE = 2;
const PREFIX = "events.out.tfevents.";
/** Length (8 bytes) and its checksum before the data, the data's checksum behind them. */
const HEADER = 12, FOOTER = 4;

/** A record of a TFRecord file: length, data and their checksums. */
export function frameRecord(data: Uint8Array): Encoded {
  const framed = new Uint8Array(HEADER + data.length + FOOTER);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(framed.subarray(0, 8)), true);
  framed.set(data, HEADER);
  view.setUint32(HEADER + data.length, maskedCrc32c(data), true);
  return framed;
}

/** The data of each record, up to the first that is cut short or damaged. */
export function readRecords(bytes: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEADER + FOOTER <= bytes.length;) {
    const end = at + HEADER + Number(view.getBigUint64(at, true));
    if (maskedCrc32c(bytes.subarray(at, at + 8)) !== view.getUint32(at + 8, true)) break;
    if (end + FOOTER > bytes.length) break;
    const data = bytes.subarray(at + HEADER, end);
    if (maskedCrc32c(data) !== view.getUint32(end, true)) break;
    records.push(data);
    at = end + FOOTER;
  }
  return records;
}

/** The event that begins every file. `time` is in seconds since 1970. */
export function versionEvent(time: number): Encoded {
  return joinBytes(doubleField(WALL_TIME, time), bytesField(FILE_VERSION, "brain.Event:2"));
}

/** An event with numbers by tag. `time` is in seconds since 1970. */
export function scalarEvent(
  scalars: Readonly<Record<string, number>>,
  at: { readonly time: number; readonly step: number },
): Encoded {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(VALUE, joinBytes(bytesField(TAG, tag), floatField(SIMPLE_VALUE, value)))
  );
  const summary = bytesField(SUMMARY, joinBytes(...values));
  return joinBytes(doubleField(WALL_TIME, at.time), integerField(STEP, at.step), summary);
}

/** The whole records among the first `length` bytes. */
function wholeRecords(bytes: Uint8Array, length: number): Encoded {
  return joinBytes(...readRecords(bytes.subarray(0, length)).map(frameRecord));
}

/**
 * Writes scalars for TensorBoard, one event file per run. A resumed run cuts the file back to where its checkpoint was
 * written and appends there, so no step is in it twice.
 */
export class EventWriter {
  readonly #path: string;
  #pending: Encoded[] = [];
  #size: number;

  private constructor(path: string, size: number) {
    this.#path = path;
    this.#size = size;
  }

  /** Opens the event file of a folder and keeps its first `length` bytes, or begins one. */
  static async open(folder: string, length: number): Promise<EventWriter> {
    const names = (await listFiles(folder)).filter((name) =>
      name.startsWith(PREFIX) && !name.endsWith(".part")
    );
    const seconds = Date.now() / 1000;
    const path = join(folder, names[0] ?? `${PREFIX}${Math.floor(seconds)}.podium`);
    const kept = names[0] ? wholeRecords(await readFile(path, "table"), length) : new Uint8Array();
    const begun = kept.length > 0 ? kept : frameRecord(versionEvent(seconds));
    await writeFileAtomic(path, begun);
    return new EventWriter(path, begun.length);
  }

  /** Bytes on disk. */
  get size(): number {
    return this.#size;
  }

  /** Adds numbers at a step; they are on disk after `flush`. */
  add(step: number, scalars: Readonly<Record<string, number>>): void {
    this.#pending.push(frameRecord(scalarEvent(scalars, { time: Date.now() / 1000, step })));
  }

  /** Appends what was added to the file. */
  async flush(): Promise<void> {
    const bytes = joinBytes(...this.#pending);
    this.#pending = [];
    if (bytes.length > 0) await Deno.writeFile(this.#path, bytes, { append: true });
    this.#size += bytes.length;
  }
}
