import type { ImageFiles, LabelRow } from "../plugin/contracts.ts";
import { formatIndices } from "../table/labels.ts";
import { type ConflictPolicy, disagrees, groupLabels, type LabelConflict } from "./conflicts.ts";
import { type GroupOptions, groupRecords } from "./groups.ts";
import { formatIds } from "./id_list.ts";
import type { HashRecord } from "./record.ts";

/** A group of labelled pictures that look alike; most groups have one member. */
export interface DuplicateGroup {
  readonly records: readonly HashRecord[];
  readonly members: readonly LabelRow[];
  readonly labels: readonly number[];
}

/** Duplicates by one hash. */
export interface Duplicates {
  readonly hash: string;
  readonly groups: readonly DuplicateGroup[];
  readonly conflicts: readonly LabelConflict[];
}

/** What is grouped, and how. */
export interface DuplicateOptions extends GroupOptions {
  readonly conflict: ConflictPolicy;
}

/** Labels by source and id: train and test may use the same id for different pictures. */
export function labelIndex(rows: readonly LabelRow[]): Map<string, LabelRow> {
  return new Map(rows.map((row) => [`${row.source}/${row.id}`, row]));
}

/** Records with their labels; those without stay out. */
export function labelledRecords(
  records: readonly HashRecord[],
  labels: ReadonlyMap<string, LabelRow>,
): { record: HashRecord; row: LabelRow }[] {
  return records.flatMap((record) => {
    const row = labels.get(`${record.source}/${record.id}`);
    return row ? [{ record, row }] : [];
  });
}

/** Groups labelled pictures that look alike by one hash, in the order of their first member. */
export function findDuplicates(
  records: readonly HashRecord[],
  labels: ReadonlyMap<string, LabelRow>,
  options: DuplicateOptions,
): Duplicates {
  const labelled = labelledRecords(records, labels);
  const groups = groupRecords(labelled.map(({ record }) => record), options).map((indices) => {
    const members = indices.map((index) => labelled[index]!.row);
    const groupRows = indices.map((index) => labelled[index]!.record);
    return { records: groupRows, members, labels: groupLabels(members, options.conflict) };
  });
  const conflicts = groups.filter(({ members }) => disagrees(members))
    .map(({ members, labels }) => ({ members, resolved: labels }));
  return { hash: options.hash, groups, conflicts };
}

/** The header of upstream's duplicates files. */
export const DUPLICATES_HEADER = ["hash", "Ids", "Target"] as const;

/** Rows of upstream's duplicates file: hash of the first member, ids, labels. */
export function duplicateRows(duplicates: Duplicates): string[][] {
  return duplicates.groups.map(({ records, members, labels }) => [
    records[0]!.hashes[duplicates.hash]!,
    formatIds(members.map((member) => member.id)),
    formatIndices(labels),
  ]);
}

/** How labels and pictures on disk fit together. */
export interface Coverage {
  /** Pictures on disk without labels. */
  readonly unlabelled: readonly string[];
  /** Labelled ids without a picture on disk. */
  readonly missing: readonly string[];
}

/** Compares the labels with the pictures on disk. */
export function measureCoverage(
  images: readonly ImageFiles[],
  labels: ReadonlyMap<string, LabelRow>,
): Coverage {
  const onDisk = new Set(images.map(({ source, id }) => `${source}/${id}`));
  return {
    unlabelled: [...onDisk].filter((key) => !labels.has(key)),
    missing: [...labels.keys()].filter((key) => !onDisk.has(key)),
  };
}
