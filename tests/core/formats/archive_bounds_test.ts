import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { entryPath } from "../../../core/formats/entry_path.ts";
import { inflate } from "../../../core/formats/inflate.ts";
import { readTar } from "../../../core/formats/tar.ts";
import { readZipDirectory } from "../../../core/formats/zip_directory.ts";
import { listZip, openZipEntry, readZipText } from "../../../core/formats/zip_file.ts";
import { buildZip, tarHeader } from "./_build_archives.ts";

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

async function packed(bytes: Uint8Array<ArrayBuffer>, format: CompressionFormat): Promise<Uint8Array> {
  return await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream(format))).bytes();
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<{ bytes: number; longest: number }> {
  let bytes = 0, longest = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    longest = Math.max(longest, piece.length);
  }
  return { bytes, longest };
}

const OUTSIDE: readonly string[] = [
  "../a",
  "a/..",
  "nvidia/../../lib/libtensorflow.so.2",
  "/etc/passwd",
  "//server/share",
  "C:/Windows/a.dll",
  "c:a",
  "a\\..\\b",
  "\\a",
  "a\0.so",
  "",
  "./",
];

Deno.test("names that lead out of the folder of unpacking are refused", () => {
  for (const name of OUTSIDE) assertThrows(() => entryPath(name), Problem, "outside its folder", name);
});

Deno.test("names that stay in the folder are kept, dots in them too", () => {
  for (const name of ["a", "a/b.so.2", "..a", "a..b/c..", "...", "a b", "ä/ü"]) {
    assertEquals(entryPath(name), name);
  }
  assertEquals(entryPath("./a//./b/"), "a/b");
});

Deno.test("what is compressed a thousandfold comes out in small pieces", async () => {
  const zeros = new Uint8Array(20e6);
  for (const [format, name] of [["gzip", "gzip"], ["deflate", "deflate-raw"]] as const) {
    const all = await readAll(inflate(once(await packed(zeros, name)), { format, most: 20e6 }));
    assertEquals(all.bytes, 20e6);
    assert(all.longest <= 65_536, `${all.longest} bytes in a piece`);
  }
});

Deno.test("compressed bytes that are cut, changed, foreign or too many are a data problem", async () => {
  const whole = await packed(crypto.getRandomValues(new Uint8Array(30_000)), "gzip");
  const changed = whole.slice();
  changed[changed.length - 6]! ^= 1;
  const garbage = new TextEncoder().encode("<html>no such file</html>");
  for (const bytes of [whole.subarray(0, 20_000), whole.subarray(0, whole.length - 1), changed, garbage]) {
    const error = await assertRejects(
      () => readAll(inflate(once(bytes), { format: "gzip", most: 1e6 })),
      Problem,
      "Cannot unpack",
    );
    assertEquals([error.kind, error.next], ["data", "Download it again"]);
  }
  await assertRejects(
    () => readAll(inflate(once(whole), { format: "gzip", most: 29_999 })),
    Problem,
    "larger than 29999 bytes",
  );
});

Deno.test("errors of the source are passed on as they are", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield await packed(new Uint8Array(10), "gzip");
    throw new TypeError("the connection is lost");
  }
  await assertRejects(
    () => readAll(inflate(failing(), { format: "gzip", most: 100 })),
    TypeError,
    "the connection is lost",
  );
});

/** A header whose size field and type are as given, with a right checksum. */
function crafted(size: string, type: string): Uint8Array {
  const header = tarHeader("a", 0);
  const put = (at: number, text: string) => header.set(Uint8Array.from(text, (c) => c.charCodeAt(0)), at);
  put(124, size.padEnd(12, "\0"));
  put(148, "        ");
  put(156, type);
  put(148, header.reduce((total, byte) => total + byte, 0).toString(8).padStart(6, "0") + "\0 ");
  return header;
}

Deno.test("tar entries whose size is no number, negative or that of an endless name are refused", async () => {
  const list = async (header: Uint8Array) => {
    for await (const _ of readTar(once(header)));
  };
  for (const size of ["-10", "zzz", "9", "\x80\0\0\0\0\0\0\x02"]) {
    await assertRejects(() => list(crafted(size, "0")), Problem, "the size of an entry");
  }
  await assertRejects(
    () => list(crafted("77777777777", "L")),
    Problem,
    "the name of an entry has 8589934591 bytes",
  );
});

async function withZip(
  bytes: Uint8Array,
  use: (file: Deno.FsFile) => Promise<unknown>,
): Promise<void> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, bytes);
  const file = await Deno.open(path);
  try {
    await use(file);
  } finally {
    file.close();
    await Deno.remove(path);
  }
}

Deno.test("a zip entry with more or fewer bytes than its directory says is refused", async () => {
  await withZip(await buildZip({ a: "x".repeat(1000) }), async (file) => {
    const entry = (await listZip(file))[0]!;
    for (const [size, said] of [[999, "larger than 999"], [1001, "its directory says 1001"]] as const) {
      await assertRejects(() => readAll(openZipEntry(file, { ...entry, size })), Problem, said);
    }
    await assertRejects(() => readZipText(file, { ...entry, size: 17e6 }), Problem, "larger than 16000000");
    await assertRejects(
      () => readAll(openZipEntry(file, { ...entry, method: 12 })),
      Problem,
      "unknown compression",
    );
  });
});

Deno.test("a zip directory of 1 GB is refused before it is read", () => {
  const end = new Uint8Array(22);
  end.set([0x50, 0x4b, 5, 6, 0, 0, 0, 0, 1, 0, 1]);
  const read = (position: number, length: number) => {
    assert(position > 0, "the directory is read");
    const tail = new Uint8Array(length);
    tail.set(end, length - end.length);
    return tail;
  };
  assertThrows(() => readZipDirectory(1e9, read), Problem, "larger than 16 MiB");
});
