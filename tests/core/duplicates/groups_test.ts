import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { groupRecords, type Linkage } from "../../../core/duplicates/groups.ts";
import { findCrossLinks, findLinks, type LinkOptions } from "../../../core/duplicates/links.ts";
import type { HashRecord } from "../../../core/scan/record.ts";

let digests = 0;

function record(id: string, hex: string, more: Partial<HashRecord> = {}): HashRecord {
  return {
    id,
    source: "train",
    file: `${id}.png`,
    whole: true,
    channel: null,
    width: 8,
    height: 8,
    mean: 90,
    flat: false,
    digest: `pixels ${digests++}`,
    hashes: { phash: hex },
    lowConfidence: [],
    traits: [],
    ...more,
  };
}

/** Three hashes in a chain: 2 bits from the first to the second, 2 more to the third. */
const CHAIN = [
  record("a", "f0f0f0f0f0f0f0f0"),
  record("b", "f0f0f0f0f0f0f0f3"),
  record("c", "f0f0f0f0f0f0f0ff"),
];

const OPTIONS: LinkOptions = { hash: "phash", radius: 2, leastTier: "hash_only", confirmer: null };

async function groupIds(records: readonly HashRecord[], radius: number, linkage: Linkage = "single") {
  const links = await findLinks(records, { ...OPTIONS, radius });
  const groups = groupRecords(records, links, { hash: "phash", radius, linkage });
  const several = groups.map(({ members, diameter }) =>
    `${members.map((i) => records[i]!.id).join("")} ${diameter}`
  );
  const grouped = new Set(groups.flatMap(({ members }) => members));
  return [...several, ...records.filter((_, index) => !grouped.has(index)).map(({ id }) => `${id} 0`)];
}

describe("groups of records", () => {
  it("chain together, with the diameter told", async () => {
    assertEquals(await groupIds(CHAIN, 2), ["abc 4"]);
    assertEquals(await groupIds(CHAIN, 0), ["a 0", "b 0", "c 0"]);
  });

  it("are split where every two must be near", async () => {
    assertEquals(await groupIds(CHAIN, 2, "complete"), ["ab 2", "c 0"]);
    assertEquals(await groupIds(CHAIN, 4, "complete"), ["abc 4"]);
  });

  it("hold equal hashes together whatever their number", async () => {
    const many = Array.from({ length: 90 }, (_, i) => record(`${i} `, "0123456789abcdef"));
    const [group, ...rest] = await groupIds(many, 0);
    assertEquals(group!.endsWith("89  0"), true);
    assertEquals(rest, []);
  });

  it("never form by a void hash, only by equal pixels", async () => {
    const records = [
      record("a", "0123456789abcdef", { flat: true, digest: "x" }),
      record("b", "0123456789abcdef", { flat: true, digest: "y" }),
      record("c", "8000000000000000", { digest: "x" }),
      record("d", "8000000000000000", { digest: "z" }),
    ];
    assertEquals(await groupIds(records, 8), ["ac 0", "b 0", "d 0"]);
  });

  it("link across two parts without leaders", async () => {
    const tests = Array.from(
      { length: 60 },
      (_, i) => record(`t${i}`, "0123456789abcdef", { source: "test" }),
    );
    const links = await findCrossLinks([...tests, record("x", "0123456789abcdef")], 60, OPTIONS);
    assertEquals(links.length, 60);
  });
});
