import { dirname } from "@std/path";

/** Most files directly in a room of core/ or in one of its sub-rooms. */
export const ROOM_FILES = 20;

/** A folder with more files than a room should have. */
export interface CrowdedFolder {
  readonly folder: string;
  readonly files: number;
}

/** Folders of core/ with more than ROOM_FILES files directly in them. `files` are relative to the project. */
export function crowdedFolders(files: Iterable<string>): CrowdedFolder[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    if (file.startsWith("core/")) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > ROOM_FILES).map(([folder, files]) => ({ folder, files }));
}
