import { dataProblem } from "../../base/problem.ts";
import { entryPath } from "../../formats/entry_path.ts";
import { inflate } from "../../formats/inflate.ts";
import { readTar } from "../../formats/tar.ts";
import { checkSizes, LARGEST_ARCHIVE, MOST_NAMES } from "./limits.ts";
import { loaderNames, TENSORFLOW_FILE } from "./loader_names.ts";
import type { Staging } from "./staging.ts";

const FOREIGN = "Use a tarball of TensorFlow's C library, or --from pip";

/** The name of a library in lib/, or null for every other entry. */
function libraryName(path: string): string | null {
  const name = /(?:^|\/)lib\/([^/]+)$/.exec(path)?.[1];
  return name !== undefined && TENSORFLOW_FILE.test(name) ? name : null;
}

/** The file that a link leads to, over other links; the name itself when it is no link. */
function followed(name: string, links: ReadonlyMap<string, string>): string {
  let end = name;
  for (let step = 0; step <= links.size; step++) end = links.get(end) ?? end;
  return end;
}

/** Gives each file the name that the loader asks for, and drops those it does not ask for. */
async function keepLoaderNames(staging: Staging, links: ReadonlyMap<string, string>): Promise<void> {
  const files = staging.files.map(({ path }) => path.slice("lib/".length));
  const names = new Map(files.map((file) => [
    file,
    [file, ...[...links.keys()].filter((link) => followed(link, links) === file)],
  ]));
  const kept = loaderNames(names);
  for (const file of files.filter((file) => !kept.has(file))) await staging.drop(`lib/${file}`);
  for (const [file, name] of kept) await staging.rename(`lib/${file}`, `lib/${name}`);
}

/**
 * Stages the libraries of a C tarball (a .tar.gz) below lib/, in less than 200 MB of memory whatever their size. Links
 * become the names of files, none is made.
 */
export async function stageTarball(staging: Staging, tarball: AsyncIterable<Uint8Array>): Promise<void> {
  const links = new Map<string, string>();
  for await (const entry of readTar(inflate(tarball, { format: "gzip", most: LARGEST_ARCHIVE }))) {
    const name = libraryName(entryPath(entry.name));
    if (name === null) continue;
    checkSizes([entry]);
    if (links.size + staging.files.length === MOST_NAMES) {
      throw dataProblem(
        `Cannot unpack the archive: it has more than ${MOST_NAMES} names of libraries`,
        FOREIGN,
      );
    }
    if (entry.link === null) await staging.write(`lib/${name}`, entry.content);
    else links.set(name, entry.link.replace(/^\.\//, ""));
  }
  await keepLoaderNames(staging, links);
}
