import { type ConflictPolicy, disagrees, groupLabels } from "./conflicts.ts";
import { type GroupOptions, groupRecords } from "./groups.ts";
import type { LabelledPicture } from "./labelled_pictures.ts";
import { findLinks, type LinkOptions } from "./links.ts";
import {
  type ChannelLinks,
  joinChannelLinks,
  type Picture,
  type PictureLink,
  planesByChannel,
  primaryChannelOf,
} from "./pictures.ts";

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

async function pictureLinks(pictures: readonly Picture[], options: LinkOptions): Promise<ChannelLinks> {
  const found = [];
  for (const planes of planesByChannel(pictures)) {
    found.push({ planes, links: await findLinks(planes.records, options) });
  }
  return joinChannelLinks(found, primaryChannelOf(pictures));
}

/** Groups labelled pictures that look alike by one hash, in the order of their first member. */
export async function groupDuplicates(
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
