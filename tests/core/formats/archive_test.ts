import { crc32 } from "node:zlib";
import { assertEquals, assertRejects } from "@std/assert";
import { readTar } from "../../../core/formats/tar.ts";
import { listZip, readZipText } from "../../../core/formats/zip_file.ts";
import { Problem } from "../../../core/base/problem.ts";
import { buildTarGz, buildZip } from "./_build_archives.ts";

const LONG = "x".repeat(3000);

async function readAll(bytes: Uint8Array<ArrayBuffer>): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  for await (const entry of readTar(stream)) {
    if (entry.name === "skipped") continue;
    let text = "";
    for await (const piece of entry.content) text += new TextDecoder().decode(piece);
    files[entry.name] = entry.link === null ? text : `->${entry.link}`;
  }
  return files;
}

Deno.test("a tar stream gives its files and links, whatever is left unread", async () => {
  const files = { "lib/a.so.2": LONG, skipped: LONG, empty: "", "lib/a.so": "->a.so.2" };
  const { skipped: _, ...expected } = files;
  assertEquals(await readAll(await buildTarGz(files)), expected);
});

Deno.test("a cut tar stream is refused", async () => {
  const whole = await new Response(
    new Blob([await buildTarGz({ a: LONG })]).stream().pipeThrough(new DecompressionStream("gzip")),
  ).bytes();
  const cut = new Blob([whole.subarray(0, 1000)]).stream();
  await assertRejects(
    async () => {
      for await (const entry of readTar(cut)) for await (const _ of entry.content);
    },
    Problem,
    "ends too early",
  );
});

async function withFile<Value>(
  bytes: Uint8Array,
  use: (file: Deno.FsFile) => Promise<Value>,
): Promise<Value> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, bytes);
  const file = await Deno.open(path);
  try {
    return await use(file);
  } finally {
    file.close();
    await Deno.remove(path);
  }
}

for (const wide of [false, true]) {
  Deno.test(`a ${wide ? "zip64" : "zip"} file gives its deflated files and their checksums`, async () => {
    const files = { "a/b.txt": LONG, "c.txt": "short", empty: "" };
    await withFile(await buildZip(files, { wide }), async (file) => {
      const read: Record<string, string> = {};
      for (const entry of await listZip(file)) {
        const text = read[entry.name] = await readZipText(file, entry);
        assertEquals([entry.crc32, entry.size], [crc32(text), text.length]);
      }
      assertEquals(read, files);
    });
  });
}

Deno.test("a cut zip file is refused", async () => {
  for (const wide of [false, true]) {
    const cut = (await buildZip({ a: LONG, b: "short" }, { wide })).subarray(20);
    await withFile(cut, (file) => assertRejects(() => listZip(file), Problem, "Cannot read the zip archive"));
  }
});

Deno.test("what is not a zip file is refused", async () => {
  await withFile(
    new Uint8Array(100),
    (file) => assertRejects(() => listZip(file), Problem, "not a zip file"),
  );
});
