import { firstFew } from "../base/quoted.ts";
import { countImages, type FileList } from "./list_files.ts";

/** Folders of images by the first two parts of their path, which is where competitions put them apart. */
function topFolders({ images }: FileList): string[] {
  return [...new Set([...images.keys()].map((path) => path.split("/").slice(0, 2).join("/")))].sort();
}

/** What a folder holds, a line for each kind of file. */
export function describeFiles(files: FileList): string[] {
  const lines: string[] = [];
  if (files.tables.length > 0) lines.push(`CSV files: ${firstFew(files.tables)}`);
  if (files.documents.length > 0) lines.push(`JSON files: ${firstFew(files.documents)}`);
  const folders = topFolders(files).map((path) =>
    `${path === "" ? "." : path} (${countImages(files, path)})`
  );
  lines.push(folders.length > 0 ? `images: ${firstFew(folders)}` : "no images");
  const others = [...files.others].sort((a, b) => b[1] - a[1]).map(([ending, count]) =>
    `${count} ${ending === "" ? "without extension" : ending}`
  );
  if (others.length > 0) lines.push(`other files: ${firstFew(others)}`);
  return lines;
}
