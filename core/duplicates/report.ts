import type { Coverage, DuplicateGroup, Duplicates, LabelledPicture, MemberLink } from "./duplicates.ts";
import { LazyList } from "../formats/json_chunks.ts";
import type { Leak, LeakSearch } from "./leaks.ts";
import type { Picture } from "./pictures.ts";
import type { BrokenImage } from "../scan/record.ts";
import type { Survey } from "../scan/survey.ts";

/** Everything that find_duplicate_images found. */
export interface DuplicateFindings {
  /** Flags that decided it. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly pictures: number;
  readonly all: readonly Duplicates[];
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
  const { settings, pictures, all, broken, coverage, survey } = findings;
  const groups = Object.fromEntries(
    all.map((duplicates) => [duplicates.hash, new LazyList(reportedGroups(duplicates), groupJson)]),
  );
  const otherChannels = Object.fromEntries(
    all.map(({ hash, elsewhere }) => [hash, new LazyList(elsewhere, linkJson)]),
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

/** The content of data_leak.report.json. */
export function leakReport(
  settings: Readonly<Record<string, unknown>>,
  all: readonly LeaksByHash[],
  broken: readonly BrokenImage[],
): unknown {
  return {
    settings,
    leaks: Object.fromEntries(all.map(({ hash, leaks }) => [hash, new LazyList(leaks, leakJson)])),
    broken,
  };
}
