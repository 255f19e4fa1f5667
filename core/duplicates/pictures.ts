import type { Link } from "./links.ts";
import { type BrokenImage, compareRecords, type HashRecord } from "../scan/record.ts";

/** A picture with its planes, one for each channel that was hashed. */
export interface Picture {
  readonly id: string;
  readonly source: HashRecord["source"];
  /** The plane that names the picture in files and that groups are measured by. */
  readonly primary: HashRecord;
  readonly planes: readonly HashRecord[];
}

/** A picture of a scan. Most have one plane; these keep no list, which saves memory. */
class RecordedPicture implements Picture {
  readonly #planes: readonly HashRecord[] | null;

  constructor(readonly primary: HashRecord, planes: readonly HashRecord[] | null) {
    this.#planes = planes;
  }

  get id(): string {
    return this.primary.id;
  }

  get source(): HashRecord["source"] {
    return this.primary.source;
  }

  get planes(): readonly HashRecord[] {
    return this.#planes ?? [this.primary];
  }
}

/** A link with the channels that show it, null for the picture as gray. */
export interface PictureLink extends Link {
  readonly channels: readonly (number | null)[];
}

function keyOf({ source, id }: Pick<HashRecord, "id" | "source">): string {
  return `${source}/${id}`;
}

/**
 * Brings the planes of pictures together. A picture of which any file is broken is left out: what cannot be read whole
 * cannot be trained on.
 *
 * @param records in the order of a scan
 * @param primaryChannel the layout's hash channel; another plane stands in where it was not hashed
 */
export function collectPictures(
  records: readonly HashRecord[],
  broken: readonly BrokenImage[],
  primaryChannel: number | null,
): Picture[] {
  const unusable = new Set(broken.map(keyOf));
  const pictures: Picture[] = [];
  for (let start = 0, end = 0; start < records.length; start = end) {
    const first = records[start]!;
    while (end < records.length && compareRecords(first, records[end]!) === 0) end++;
    if (unusable.size > 0 && unusable.has(keyOf(first))) continue;
    const planes = end === start + 1 ? null : records.slice(start, end);
    const primary = planes?.find((plane) => plane.channel === primaryChannel) ?? first;
    pictures.push(new RecordedPicture(primary, planes));
  }
  return pictures;
}

/** The planes of one channel with the index of their picture. */
export interface ChannelPlanes {
  readonly channel: number | null;
  readonly records: readonly HashRecord[];
  /** Index of the picture of each record. */
  readonly pictures: readonly number[];
}

/** Planes by channel, in the order of pictures. */
export function planesByChannel(pictures: readonly Picture[]): ChannelPlanes[] {
  const channels = new Map<number | null, { records: HashRecord[]; pictures: number[] }>();
  for (const [index, picture] of pictures.entries()) {
    for (const plane of picture.planes) {
      const own = channels.get(plane.channel) ?? { records: [], pictures: [] };
      channels.set(plane.channel, own);
      own.records.push(plane);
      own.pictures.push(index);
    }
  }
  return [...channels].map(([channel, own]) => ({ channel, ...own }));
}

/** Links, apart by the channels that show them. */
export interface ChannelLinks {
  /** Shown by the primary channel, with its distance and tier; other channels may show them too. */
  readonly links: readonly PictureLink[];
  /** Shown by other channels alone: worth a look, not proof enough. */
  readonly elsewhere: readonly PictureLink[];
}

/** Joins the links that the channels show, a pair once with the list of its channels. */
export function joinChannelLinks(
  found: readonly { readonly planes: ChannelPlanes; readonly links: readonly Link[] }[],
  primary: number | null,
): ChannelLinks {
  const byPair = new Map<string, PictureLink>();
  const primaryFirst = [...found].sort((a, b) =>
    Number(b.planes.channel === primary) - Number(a.planes.channel === primary)
  );
  for (const { planes, links } of primaryFirst) {
    for (const link of links) {
      const [a, b] = [planes.pictures[link.a]!, planes.pictures[link.b]!];
      const known = byPair.get(`${a} ${b}`) ?? { ...link, a, b, channels: [] };
      byPair.set(`${a} ${b}`, { ...known, channels: [...known.channels, planes.channel] });
    }
  }
  const all = [...byPair.values()];
  const isPrimary = (link: PictureLink) => link.channels.includes(primary);
  return { links: all.filter(isPrimary), elsewhere: all.filter((link) => !isPrimary(link)) };
}

/** The channel that pictures are grouped by. */
export function primaryChannelOf(pictures: readonly Picture[]): number | null {
  return pictures[0]?.primary.channel ?? null;
}
