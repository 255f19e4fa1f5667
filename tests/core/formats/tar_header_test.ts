import { assertEquals, assertThrows } from "@std/assert";
import { readTar } from "../../../core/formats/tar.ts";
import { TAR_BLOCK, tarHeader, tarPadding } from "../../../core/formats/tar_header.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function archive(files: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer>[] {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const content = bytesOf(text);
    return [tarHeader({ name, size: content.length }), content, tarPadding(content.length)];
  });
  return [...blocks, new Uint8Array(2 * TAR_BLOCK)].map((block) => new Uint8Array(block));
}

Deno.test("names, lengths and content come back, also names above 100 bytes and of other letters", async () => {
  const files = {
    "a.txt": "three",
    "empty": "",
    [`${"folder/".repeat(40)}ünïcödé.txt`]: "x".repeat(TAR_BLOCK),
    ["n".repeat(100)]: "a name that just fits",
    ["n".repeat(101)]: "one that does not",
  };
  const found: Record<string, string> = {};
  for await (const { name, size, content } of readTar(ReadableStream.from(archive(files)))) {
    const pieces = await Array.fromAsync(content);
    found[name] = pieces.map((piece) => new TextDecoder().decode(piece)).join("");
    assertEquals(bytesOf(found[name]).length, size);
  }
  assertEquals(found, files);
});

Deno.test("a size that the header cannot hold is refused", () => {
  assertEquals(tarHeader({ name: "large", size: 2 ** 33 - 1 }).length, TAR_BLOCK);
  assertThrows(() => tarHeader({ name: "large", size: 2 ** 33 }), RangeError, "8 GiB");
});
