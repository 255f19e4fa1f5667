import { basename } from "@std/path";
import { dataProblem } from "../../base/problem.ts";
import { entryPath } from "../../formats/entry_path.ts";
import type { ZipEntry } from "../../formats/zip_directory.ts";
import { listZip, openZipEntry, readZipText } from "../../formats/zip_file.ts";
import { checkSizes } from "./limits.ts";
import { placeOf } from "./nvidia_files.ts";
import { type ByteProgress, SILENT, type Staging } from "./staging.ts";

/** An opened wheel; the names of its entries are checked paths. */
interface Wheel {
  readonly file: Deno.FsFile;
  readonly entries: readonly ZipEntry[];
}

async function withWheel<Value>(path: string, use: (wheel: Wheel) => Promise<Value>): Promise<Value> {
  const file = await Deno.open(path);
  try {
    const entries = (await listZip(file)).map((entry) => ({ ...entry, name: entryPath(entry.name) }));
    return await use({ file, entries });
  } finally {
    file.close();
  }
}

async function entryText({ file, entries }: Wheel, ending: string): Promise<string> {
  const entry = entries.find(({ name }) => name.endsWith(ending));
  if (!entry) throw dataProblem(`Cannot use the wheel: it holds no ${ending}`, "Download it again");
  return await readZipText(file, entry);
}

/** The metadata of a wheel, which names what it depends on. */
export function wheelMetadata(path: string): Promise<string> {
  return withWheel(path, (wheel) => entryText(wheel, ".dist-info/METADATA"));
}

/** SHA-256 in hexadecimal by file name, from the text of a wheel's RECORD. */
export function recordHashes(record: string): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const line of record.split("\n")) {
    const [, name, base64] = /^(.+),sha256=([\w-]{43}),\d+\s*$/.exec(line) ?? [];
    if (!name || !base64) continue;
    const bytes = Uint8Array.fromBase64(base64, { alphabet: "base64url" });
    hashes.set(name, bytes.toHex());
  }
  return hashes;
}

/** The libraries that hold the C API, and NVIDIA's libraries, which TensorFlow finds beside itself as pip lays them. */
const WANTED =
  /^tensorflow\/(libtensorflow(_cc|_framework)\.so\.\d+|libtensorflow\w*\.\d+\.dylib|THIRD_PARTY_NOTICES\.txt)$|^nvidia\/.+\.so(\.\d+)*$/;

/** Extracts the libraries of one wheel and compares each with the checksum in the wheel's RECORD. */
export async function stageWheel(
  staging: Staging,
  path: string,
  progress: ByteProgress = SILENT,
): Promise<void> {
  await withWheel(path, async (wheel) => {
    const hashes = recordHashes(await entryText(wheel, ".dist-info/RECORD"));
    const wanted = wheel.entries.flatMap((entry) => {
      const place = WANTED.test(entry.name) ? placeOf(entry.name) : null;
      return place === null ? [] : [{ ...entry, place }];
    });
    checkSizes(wanted);
    progress.begin(basename(path), wanted.reduce((sum, { size }) => sum + size, 0));
    for (const entry of wanted) {
      const staged = await staging.write(entry.place, openZipEntry(wheel.file, entry), progress.add);
      if (staged.sha256 !== hashes.get(entry.name)) {
        throw dataProblem(
          `Cannot use the wheel: "${entry.name}" has another checksum than its RECORD says`,
          "Download it again",
        );
      }
    }
  });
}
