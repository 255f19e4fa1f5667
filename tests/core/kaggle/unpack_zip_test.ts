import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { pathExists } from "../../../core/base/files.ts";
import { Problem } from "../../../core/base/problem.ts";
import { unpackZip } from "../../../core/kaggle/unpack_zip.ts";
import { inFolder } from "../../_in_folder.ts";
import { buildZip } from "../formats/_build_archives.ts";

const FILES = { "a.txt": "first", "b.txt": "other" };

/** Where the records of an archive's directory begin. */
function directoryRecords(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer);
  return [...bytes.keys()].filter((at) => at + 4 <= bytes.length && view.getUint32(at, true) === 0x02014b50);
}

/** Unpacks an archive whose directory was changed. */
async function unpackChanged(
  folder: string,
  change: (view: DataView, records: readonly number[]) => void,
): Promise<void> {
  const bytes = await buildZip(FILES);
  change(new DataView(bytes.buffer), directoryRecords(bytes));
  const archive = join(folder, "archive.zip");
  await Deno.writeFile(archive, bytes);
  await unpackZip(archive, join(folder, "out"), { replace: false });
}

Deno.test("a file that does not fit its checksum is refused and leaves nothing", async () => {
  await inFolder(async (folder) => {
    const change = (view: DataView, records: readonly number[]) => view.setUint32(records[1]! + 16, 1, true);
    await assertRejects(() => unpackChanged(folder, change), Problem, '"b.txt" does not fit its checksum');
    assertEquals(await Array.fromAsync(Deno.readDir(join(folder, "out")), ({ name }) => name), ["a.txt"]);
  });
});

Deno.test("a file that comes twice, and files that take more bytes than the archive has, are refused", async () => {
  await inFolder(async (folder) => {
    const twice = (view: DataView, records: readonly number[]) =>
      view.setUint8(records[1]! + 46, "a".charCodeAt(0));
    await assertRejects(() => unpackChanged(folder, twice), Problem, '"a.txt" is there twice');
    const shared = (view: DataView, records: readonly number[]) =>
      view.setUint32(records[0]! + 20, 9e5, true);
    await assertRejects(() => unpackChanged(folder, shared), Problem, "more than its");
    assert(!await pathExists(join(folder, "out")));
  });
});

Deno.test("files that are there already are not written again", async () => {
  await inFolder(async (folder) => {
    await unpackChanged(folder, () => {});
    const path = join(folder, "out", "a.txt"), old = new Date(1e12);
    await Deno.utime(path, old, old);
    await Deno.remove(join(folder, "out", "b.txt"));
    await unpackChanged(folder, () => {});
    assertEquals((await Deno.stat(path)).mtime, old);
    assertEquals(await Deno.readTextFile(join(folder, "out", "b.txt")), FILES["b.txt"]);
  });
});
