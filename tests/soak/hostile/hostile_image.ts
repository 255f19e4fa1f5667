/** One file of the set. */
export interface HostileImage {
  /** What is wrong with it; the name of the file without its ending. */
  readonly name: string;
  /** Ending of the file, with its dot. */
  readonly ending: string;
  /** `picture`: every task must read it; `damaged`: it may be read or refused; `refused`: it must be refused. */
  readonly fate: "picture" | "damaged" | "refused";
  /** Puts it at a path. */
  make(path: string): Promise<void>;
}

/** Most pixels of a picture of the set that is read: the limit that tasks are given. */
export const LARGEST_PIXELS = 2048 * 2048;

/** What must become of a file. */
export type Fate = HostileImage["fate"];
/** The content of a file. */
export type Bytes = Uint8Array | (() => Uint8Array | Promise<Uint8Array>);

/** A regular file of the set. */
export function fileOf(name: string, ending: string, fate: Fate, bytes: Bytes): HostileImage {
  const make = async (path: string) =>
    await Deno.writeFile(path, typeof bytes === "function" ? await bytes() : bytes);
  return { name, ending, fate, make };
}
