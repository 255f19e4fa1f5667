import { type ConflictPolicy, disagrees, groupLabels } from "./conflicts.ts";
import type { LabelledPicture } from "./labelled_pictures.ts";
import { findCrossLinks, type LinkOptions } from "./links.ts";
import {
  type ChannelLinks,
  joinChannelLinks,
  type Picture,
  type PictureLink,
  planesByChannel,
  primaryChannelOf,
} from "./pictures.ts";
import { TIERS } from "./tiers.ts";

/** A labelled picture that another picture looks like. */
export interface LeakSource extends Pick<PictureLink, "distance" | "tier" | "correlation" | "channels"> {
  readonly source: LabelledPicture;
}

/** A picture whose labels are known, because it looks like labelled ones. */
export interface Leak {
  readonly picture: Picture;
  /** Surest and nearest first. */
  readonly sources: readonly LeakSource[];
  /** By the policy, over the sources as sure and near as the first. */
  readonly labels: readonly number[];
  /** Whether those sources have different labels. */
  readonly conflict: boolean;
}

/** Leaks by one hash. */
export interface LeakSearch {
  readonly leaks: readonly Leak[];
  /** Leaks that only channels beside the layout's hash channel show; they are reported, not used. */
  readonly elsewhere: readonly Leak[];
}

/** What is searched, and how. */
export interface LeakOptions extends LinkOptions {
  readonly conflict: ConflictPolicy;
}

async function crossLinks(
  pictures: readonly Picture[],
  split: number,
  options: LinkOptions,
): Promise<ChannelLinks> {
  const found = [];
  for (const planes of planesByChannel(pictures)) {
    const first = planes.pictures.filter((picture) => picture < split).length;
    found.push({ planes, links: await findCrossLinks(planes.records, first, options) });
  }
  return joinChannelLinks(found, primaryChannelOf(pictures));
}

function makeLeak(picture: Picture, sources: readonly LeakSource[], policy: ConflictPolicy): Leak {
  const nearest = sources.filter(({ tier, distance }) =>
    tier === sources[0]!.tier && distance === sources[0]!.distance
  );
  const rows = nearest.map(({ source }) => source.row);
  return { picture, sources, labels: groupLabels(rows, policy), conflict: disagrees(rows) };
}

function collectLeaks(
  links: readonly PictureLink[],
  pictures: readonly Picture[],
  { labelled, conflict }: { labelled: readonly LabelledPicture[]; conflict: ConflictPolicy },
): Leak[] {
  const sorted = [...links].sort((a, b) =>
    a.a - b.a || TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) || a.distance - b.distance || a.b - b.b
  );
  const byPicture = new Map<number, LeakSource[]>();
  for (const link of sorted) {
    const sources = byPicture.get(link.a) ?? [];
    byPicture.set(link.a, sources);
    sources.push({ ...link, source: labelled[link.b - pictures.length]! });
  }
  return [...byPicture].map(([index, sources]) => makeLeak(pictures[index]!, sources, conflict));
}

/**
 * Pictures that look like labelled ones by one hash. A void hash leaks only by equal pixels.
 *
 * @param pictures those whose labels are not to be known: test, or val of a split
 * @param labelled those whose labels are known
 * @returns in the order of `pictures`
 */
export async function linkLeaks(
  pictures: readonly Picture[],
  labelled: readonly LabelledPicture[],
  options: LeakOptions,
): Promise<LeakSearch> {
  const all = [...pictures, ...labelled.map(({ picture }) => picture)];
  const { links, elsewhere } = await crossLinks(all, pictures.length, options);
  const from = { labelled, conflict: options.conflict };
  return { leaks: collectLeaks(links, pictures, from), elsewhere: collectLeaks(elsewhere, pictures, from) };
}
