import { statfsSync } from "node:fs";

/**
 * Bytes that a program may still write to the file system of a folder that exists; null where the process may not ask
 * (it takes `--allow-sys=statfs` and to read the folder).
 */
export function freeDisk(folder: string): number | null {
  try {
    const { bsize, bavail } = statfsSync(folder);
    return bsize * bavail;
  } catch {
    return null;
  }
}
