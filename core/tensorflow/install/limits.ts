import { dataProblem } from "../../base/problem.ts";

/** The largest file that is unpacked, in bytes. The largest known, libtensorflow_cc with CUDA, has 1.1 GB. */
export const LARGEST_FILE = 4e9;

/** The most that one archive may hold, in bytes. TensorFlow with NVIDIA's libraries has 4.3 GB in 9 archives. */
export const LARGEST_ARCHIVE = 12e9;

/** The most names of libraries that an archive may have; the official tarball has six. */
export const MOST_NAMES = 100;

/** Refuses files that are larger than any library of TensorFlow, before they are written. */
export function checkSizes(files: readonly { readonly name: string; readonly size: number }[]): void {
  const large = files.find(({ size }) => size > LARGEST_FILE);
  const sum = files.reduce((total, { size }) => total + size, 0);
  if (!large && sum <= LARGEST_ARCHIVE) return;
  const what = large ? `"${large.name}" has ${large.size} bytes` : `its libraries have ${sum} bytes`;
  const most = large ? LARGEST_FILE : LARGEST_ARCHIVE;
  throw dataProblem(
    `Cannot unpack the archive: ${what}, at most ${most} are unpacked`,
    "Unpack it yourself and name the folder: --from FOLDER",
  );
}
