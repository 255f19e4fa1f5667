import type { DuplicateGroup, Duplicates, MemberLink } from "./group_duplicates.ts";
import type { Coverage, LabelledPicture } from "./labelled_pictures.ts";
import { LazyList } from "../formats/json_chunks.ts";
import type { Leak, LeakSearch } from "./link_leaks.ts";
import type { Picture } from "./pictures.ts";
import type { BrokenImage } from "../scan/record.ts";
import type { Survey } from "../scan/survey.ts";

/** Everything that a search for duplicates found. */
export interface DuplicateFindings {
  /** What decided it, as the report names it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How many pictures could be read. */
  readonly pictures: number;
  /** The groups by each hash, in the order asked for. */
  readonly byHash: readonly Duplicates[];
  readonly broken: readonly BrokenImage[];
  readonly coverage: Coverage;
  readonly survey: Survey;
}

function memberJson({ picture, row }: LabelledPicture) {
  const { file, width, height, hashes } = picture.primary;
  return { id: row.id, source: row.source, labels: row.labels, file, width, height, hashes };
}

function linkJson({ a, b, distance, tier, correlation, channels }: MemberLink) {
  return {
    a: a.row.id,
    b: b.row.id,
    distance,
    tier,
    correlation: Math.round(correlation * 1e4) / 1e4,
    channels,
  };
}

function groupJson(group: DuplicateGroup) {
  return {
    labels: group.labels,
    conflict: group.conflict,
    diameter: group.diameter,
    members: group.members.map(memberJson),
    links: group.links.map(linkJson),
  };
}

/** Groups, those whose labels disagree first. */
export function reportedGroups(duplicates: Duplicates): DuplicateGroup[] {
  const { groups } = duplicates;
  return [...groups.filter((group) => group.conflict), ...groups.filter((group) => !group.conflict)];
}

/** The content of duplicates.report.json; its long lists are made as they are written. */
export function duplicateReport(findings: DuplicateFindings): unknown {
  const { settings, pictures, byHash, broken, coverage, survey } = findings;
  const groups = Object.fromEntries(
    byHash.map((duplicates) => [duplicates.hash, new LazyList(reportedGroups(duplicates), groupJson)]),
  );
  const otherChannels = Object.fromEntries(
    byHash.map(({ hash, elsewhere }) => [hash, new LazyList(elsewhere, linkJson)]),
  );
  return { settings, pictures, groups, other_channels: otherChannels, broken, ...coverage, survey };
}

/** Leaks by one hash. */
export interface LeaksByHash extends LeakSearch {
  readonly hash: string;
}

function pictureJson({ id, source, primary }: Picture) {
  return { id, source, file: primary.file, hashes: primary.hashes };
}

function leakJson(leak: Leak) {
  return {
    ...pictureJson(leak.picture),
    labels: leak.labels,
    conflict: leak.conflict,
    sources: leak.sources.map(({ source, distance, tier, correlation, channels }) => ({
      ...memberJson(source),
      distance,
      tier,
      correlation: Math.round(correlation * 1e4) / 1e4,
      channels,
    })),
  };
}

/** Everything that a search for leaks found. */
export interface LeakFindings {
  /** What decided it, as the report names it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The leaks by each hash, in the order asked for. */
  readonly byHash: readonly LeaksByHash[];
  readonly broken: readonly BrokenImage[];
}

/** The content of data_leak.report.json; its long lists are made as they are written. */
export function leakReport({ settings, byHash, broken }: LeakFindings): unknown {
  return {
    settings,
    leaks: Object.fromEntries(byHash.map(({ hash, leaks }) => [hash, new LazyList(leaks, leakJson)])),
    broken,
  };
}
