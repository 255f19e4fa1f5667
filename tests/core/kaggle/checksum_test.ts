import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { fitsHashes, parseHashes } from "../../../core/kaggle/checksum.ts";
import { inFolder } from "../../_in_folder.ts";

// The checksums of "123456789" as RFC 3720 (CRC-32C) and `md5sum` give them.
const CRC32C = "4waSgw==", MD5 = "JfnnlDI7RTiF9RgfG2JNCw==";

Deno.test("a file is compared with the stronger of the checksums that the storage tells", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "file");
    await Deno.writeTextFile(path, "123456789");
    const fits = (header: string | null) => fitsHashes(path, { hashes: parseHashes(header) });
    assertEquals(await fits(`crc32c=${CRC32C}`), true);
    assertEquals(await fits(`crc32c=${MD5}`), false);
    assertEquals(await fits(`md5=${MD5}`), true);
    assertEquals(await fits(`crc32c=${CRC32C}, md5=AAAA`), false);
    assertEquals(await fits(`crc32c=AAAA, md5=${MD5}`), true);
    assertEquals(await fits("sha3=AAAA"), null);
    assertEquals(await fits(null), null);
  });
});

Deno.test("CRC-32C goes on over the pieces of a file", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "file");
    // Expected bit by bit, without a table; the file is read in more than one piece.
    await Deno.writeFile(path, new Uint8Array(300_000));
    let crc = 0xffffffff;
    for (let bit = 0; bit < 8 * 300_000; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    const expected = new Uint8Array(4);
    new DataView(expected.buffer).setUint32(0, ~crc);
    assertEquals(await fitsHashes(path, { hashes: { crc32c: expected.toBase64() } }), true);
  });
});
