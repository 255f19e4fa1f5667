import type { ImageFiles, LabelRow, Source } from "../base/example.ts";
import { formatIndices } from "../layout/labels.ts";
import { type ConflictPolicy, disagrees, groupLabels } from "./conflicts.ts";
import { type GroupOptions, groupRecords } from "./groups.ts";
import { formatIds } from "./id_list.ts";
import { findLinks, type LinkOptions } from "./links.ts";
import {
  type ChannelLinks,
  joinChannelLinks,
  type Picture,
  type PictureLink,
  planesByChannel,
  primaryChannelOf,
} from "./pictures.ts";

/** A labelled picture. */
export interface LabelledPicture {
  readonly picture: Picture;
  readonly row: LabelRow;
}

/** A link between two members of a group. */
export interface MemberLink extends Pick<PictureLink, "distance" | "tier" | "correlation" | "channels"> {
  readonly a: LabelledPicture;
  readonly b: LabelledPicture;
}

/** A group of two or more labelled pictures that look alike. */
export interface DuplicateGroup {
  readonly members: readonly LabelledPicture[];
  /** What holds the group together, one link fewer than members. */
  readonly links: readonly MemberLink[];
  /** Bits between the two hashes of the group that differ most. */
  readonly diameter: number;
  /** By the policy, where the members disagree. */
  readonly labels: readonly number[];
  /** Whether the members have different labels. */
  readonly conflict: boolean;
}

/** Duplicates by one hash. */
export interface Duplicates {
  readonly hash: string;
  /** All pictures that were searched, in order. */
  readonly labelled: readonly LabelledPicture[];
  readonly groups: readonly DuplicateGroup[];
  /** Pairs that only channels beside the layout's hash channel show; they are not grouped. */
  readonly elsewhere: readonly MemberLink[];
}

/** What is grouped, and how. */
export interface DuplicateOptions extends LinkOptions, GroupOptions {
  readonly conflict: ConflictPolicy;
}

/** Labels by source and id: train and test may use the same id for different pictures. */
export class LabelIndex {
  readonly #bySource = new Map<Source, Map<string, number>>();

  constructor(readonly rows: readonly LabelRow[]) {
    for (const [place, row] of rows.entries()) {
      const own = this.#bySource.get(row.source) ?? new Map<string, number>();
      this.#bySource.set(row.source, own.set(row.id, place));
    }
  }

  /** The index in `rows` of a picture's row. */
  placeOf({ source, id }: { readonly source: Source; readonly id: string }): number | undefined {
    return this.#bySource.get(source)?.get(id);
  }

  /** The row of a picture, or undefined where it has no labels. */
  get(picture: { readonly source: Source; readonly id: string }): LabelRow | undefined {
    const place = this.placeOf(picture);
    return place === undefined ? undefined : this.rows[place];
  }
}

/** Pictures with their labels; those without stay out. */
export function labelledPictures(pictures: readonly Picture[], labels: LabelIndex): LabelledPicture[] {
  const labelled: LabelledPicture[] = [];
  for (const picture of pictures) {
    const row = labels.get(picture);
    if (row) labelled.push({ picture, row });
  }
  return labelled;
}

async function pictureLinks(pictures: readonly Picture[], options: LinkOptions): Promise<ChannelLinks> {
  const found = [];
  for (const planes of planesByChannel(pictures)) {
    found.push({ planes, links: await findLinks(planes.records, options) });
  }
  return joinChannelLinks(found, primaryChannelOf(pictures));
}

/** Groups labelled pictures that look alike by one hash, in the order of their first member. */
export async function findDuplicates(
  labelled: readonly LabelledPicture[],
  options: DuplicateOptions,
): Promise<Duplicates> {
  const pictures = labelled.map(({ picture }) => picture);
  const { links, elsewhere } = await pictureLinks(pictures, options);
  const memberLink = (link: PictureLink): MemberLink => ({
    ...link,
    a: labelled[link.a]!,
    b: labelled[link.b]!,
  });
  const found = groupRecords(pictures.map(({ primary }) => primary), links, options);
  const groups = found.map((group): DuplicateGroup => {
    const members = group.members.map((index) => labelled[index]!);
    const rows = members.map(({ row }) => row);
    return {
      members,
      links: group.links.map(memberLink),
      diameter: group.diameter,
      labels: groupLabels(rows, options.conflict),
      conflict: disagrees(rows),
    };
  });
  return { hash: options.hash, labelled, groups, elsewhere: elsewhere.map(memberLink) };
}

/** The header of upstream's duplicates files. */
export const DUPLICATES_HEADER = ["hash", "Ids", "Target"] as const;

/**
 * Rows of upstream's duplicates file: hash of the first member, ids, labels; pictures that are alone too. In the order of
 * the first members.
 */
export function* duplicateRows({ hash, labelled, groups }: Duplicates): Generator<string[]> {
  const grouped = new Map<LabelledPicture, DuplicateGroup>();
  for (const group of groups) for (const member of group.members) grouped.set(member, group);
  for (const own of labelled) {
    const { members, labels } = grouped.get(own) ?? { members: [own], labels: own.row.labels };
    if (members[0] !== own) continue;
    const ids = formatIds(members.map(({ row }) => row.id));
    yield [own.picture.primary.hashes[hash]!, ids, formatIndices(labels)];
  }
}

/** How labels and pictures on disk fit together. */
export interface Coverage {
  /** Pictures on disk without labels. */
  readonly unlabelled: readonly string[];
  /** Labelled ids without a picture on disk. */
  readonly missing: readonly string[];
}

/** Compares the labels with the pictures on disk. */
export function measureCoverage(images: readonly ImageFiles[], labels: LabelIndex): Coverage {
  const unlabelled: string[] = [], onDisk = new Uint8Array(labels.rows.length);
  for (const image of images) {
    const place = labels.placeOf(image);
    if (place !== undefined) onDisk[place] = 1;
    else if (image.source !== "test") unlabelled.push(`${image.source}/${image.id}`);
  }
  const missing = labels.rows.filter((_, place) => onDisk[place] === 0);
  return { unlabelled, missing: missing.map(({ source, id }) => `${source}/${id}`) };
}
