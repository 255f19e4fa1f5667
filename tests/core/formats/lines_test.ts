import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { KeyIndex } from "../../../core/scan/key_index.ts";
import { forEachLine, type LinePlace, LineReader } from "../../../core/formats/lines.ts";

describe("lines of a file", () => {
  it("are found again by their place: long, empty, of several bytes a letter, cut off", async () => {
    const path = join(await Deno.makeTempDir(), "lines");
    const lines = [
      "a",
      "",
      "ä€🙂",
      "x".repeat(700_000),
      ...Array.from({ length: 5000 }, (_, i) => `line ${i}`),
    ];
    await Deno.writeTextFile(path, lines.join("\n"));
    const found: string[] = [], places: LinePlace[] = [];
    forEachLine(path, (line, place) => {
      found.push(line);
      places.push(place);
    });
    assertEquals(found, lines);
    const reader = new LineReader(path);
    assertEquals(places.map((place) => reader.read(place)), lines);
    assertEquals(places.toReversed().map((place) => reader.read(place)), lines.toReversed());
    await Deno.writeTextFile(path, "\nlast", { append: true });
    assertEquals(reader.read({ start: places.at(-1)!.start, length: 14 }), "line 4999\nlast");
  });
});

describe("an index of keys", () => {
  it("says what a map says", () => {
    const index = new KeyIndex(), map = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const key = `folder/${(i * 7919) % 15_000}.png`;
      index.set(key, i);
      map.set(key, i);
    }
    assertEquals(index.size, map.size);
    for (const [key, value] of map) assertEquals(index.get(key), value);
    assertEquals(index.get("elsewhere"), undefined);
    assertEquals([...index.values()], [...map.values()].sort((a, b) => a - b));
    index.clear();
    assertEquals([index.size, index.get("folder/1.png"), [...index.values()]], [0, undefined, []]);
  });
});
