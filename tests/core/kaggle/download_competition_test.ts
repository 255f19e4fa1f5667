import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { pathExists } from "../../../core/base/files.ts";
import { SilentOutput } from "../../../core/base/output.ts";
import { Problem } from "../../../core/base/problem.ts";
import { downloadCompetition } from "../../../core/kaggle/download_competition.ts";
import { inFolder } from "../../_in_folder.ts";
import { buildZip } from "../formats/_build_archives.ts";
import { type LocalKaggle, TOKEN, withKaggle } from "./_service.ts";

/** Bytes that do not shrink: the archive is then as long as its content. */
function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    return state ^= state << 5;
  });
}

const PICTURE = noise(200_000, 7);
const FILES = {
  "train.csv": "Id,label\na,1\n",
  "train/a.png": PICTURE,
  "sample_submission.csv": "Id,label\n",
};

interface Bench {
  readonly service: LocalKaggle;
  readonly folder: string;
  readonly download: (competition?: string) => ReturnType<typeof downloadCompetition>;
}

/** A service with an archive, and a folder that it is downloaded to. */
async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  await withKaggle((service) =>
    inFolder(async (parent) => {
      service.archive = await buildZip(FILES);
      const folder = join(parent, "data");
      const download = (competition = "cells") =>
        downloadCompetition({ ...service.access, competition, folder });
      await use({ service, folder, download });
    })
  );
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

async function assertUnpacked(folder: string): Promise<void> {
  assertEquals(await namesIn(folder), [
    ".kaggle_download.json",
    ".lock",
    "sample_submission.csv",
    "train",
    "train.csv",
  ]);
  assertEquals(await Deno.readTextFile(join(folder, "train.csv")), FILES["train.csv"]);
  assertEquals(await Deno.readFile(join(folder, "train", "a.png")), PICTURE);
}

Deno.test("the data of a competition are downloaded and unpacked once; the storage never sees the token", async () => {
  await withBench(async ({ service, folder, download }) => {
    const { length } = service.archive;
    assertEquals(await download("https://www.kaggle.com/competitions/cells/data"), {
      competition: "cells",
      folder,
      files: 3,
      bytes: length,
      cached: false,
    });
    await assertUnpacked(folder);
    assertEquals((await download()).cached, true);
    assertEquals(service.seen.map(({ host, authorization, range }) => [host, authorization, range]), [
      ["api", TOKEN, null],
      ["storage", null, null],
      ["api", TOKEN, "bytes=0-0"],
      ["storage", null, "bytes=0-0"],
    ]);
  });
});

Deno.test("a connection that is cut again and again is opened where it stopped", async () => {
  await withBench(async ({ service, folder, download }) => {
    service.cutAfter = 70_000;
    await download();
    await assertUnpacked(folder);
    const ranges = service.seen.filter(({ host }) => host === "storage").map(({ range }) => range);
    assertEquals(ranges, [null, "bytes=70000-", "bytes=140000-"]);
  });
});

Deno.test("an interrupted download keeps what it has, ends with 130 and goes on from there", async () => {
  await withBench(async ({ service, folder, download }) => {
    service.cutAfter = 70_000;
    const controller = new AbortController();
    const stopping = Object.assign(new SilentOutput(), {
      progress: () => ({ update: () => controller.abort(), end: () => {} }),
    });
    const { access } = service, { signal } = controller;
    const problem = await assertRejects(
      () => downloadCompetition({ ...access, competition: "cells", folder, output: stopping, signal }),
      Problem,
    );
    assertEquals(problem.exitCode, 130);
    const { size } = await Deno.stat(join(folder, "cells.zip.part"));
    assert(size > 0 && size <= 70_000, `${size}`);
    service.cutAfter = 0;
    await download();
    await assertUnpacked(folder);
    assertEquals(service.seen.at(-1)!.range, `bytes=${size}-`);
  });
});

/** Leaves the first bytes of a download as an interrupted one does. */
async function leavePart({ service, folder, download }: Bench): Promise<void> {
  service.cutAfter = 70_000;
  service.ranges = false;
  await assertRejects(() => download(), Problem, "Cannot reach");
  assertEquals((await Deno.stat(join(folder, "cells.zip.part"))).size, 70_000);
  service.cutAfter = 0;
}

for (const ranges of [true, false]) {
  const server = ranges ? "" : " by a server that sends files whole only";
  Deno.test(`a file that changed on the server meanwhile is downloaded from its beginning${server}`, async () => {
    await withBench(async (bench) => {
      await leavePart(bench);
      const { service, folder, download } = bench;
      service.ranges = ranges;
      service.etag = '"second"';
      service.archive = await buildZip({ ...FILES, "test/b.png": noise(150_000, 9) });
      assertEquals((await download()).files, 4);
      assertEquals(await Deno.readFile(join(folder, "test", "b.png")), noise(150_000, 9));
    });
  });
}

Deno.test("a server that overlooks If-Range and goes on with another file is not believed", async () => {
  await withBench(async (bench) => {
    await leavePart(bench);
    const { service, folder, download } = bench;
    service.ranges = true;
    const { archive } = service;
    service.archive = await buildZip({ ...FILES, "train.csv": "Id,label\nb,2\n" });
    assertEquals(service.archive.length, archive.length);
    // The same condition as the first answer's, another version in this one.
    const part = join(folder, "cells.zip.part.json");
    const note = JSON.parse(await Deno.readTextFile(part));
    service.etag = '"second"';
    await Deno.writeTextFile(part, JSON.stringify({ ...note, etag: 'W/"first"', modified: '"second"' }));
    await download();
    assertEquals(await Deno.readTextFile(join(folder, "train.csv")), "Id,label\nb,2\n");
  });
});

Deno.test("a whole part is not downloaded again", async () => {
  await withBench(async (bench) => {
    await leavePart(bench);
    const { service, folder, download } = bench, { archive } = service;
    service.ranges = true;
    await Deno.writeFile(join(folder, "cells.zip.part"), archive);
    await download();
    await assertUnpacked(folder);
    assertEquals(service.seen.at(-1)!.range, `bytes=${archive.length - 1}-`);
  });
});

for (const hash of ["md5=AAAAAAAAAAAAAAAAAAAAAA==", "crc32c=AAAAAA=="]) {
  Deno.test(`a download with a wrong ${hash.split("=")[0]} is refused and removed`, async () => {
    await withBench(async ({ service, folder, download }) => {
      service.wrongHash = hash;
      const problem = await assertRejects(() => download(), Problem, "checksum");
      assertEquals(problem.exitCode, 3);
      assertEquals(await namesIn(folder), [".lock"]);
    });
  });
}

const REFUSALS: readonly [title: string, competition: string, said: readonly string[]][] = [
  ["whose rules are not accepted", "birds", [
    "Kaggle answers 403",
    "competitions.participate",
    "https://www.kaggle.com/c/birds/rules",
  ]],
  ["whose name is mistyped", "cels", ["Kaggle answers 404", 'did you mean "cells"?']],
  ["that nobody knows", "nothing-like-it", ["Kaggle answers 404", "knows no competition"]],
  ["whose name can be none", "a/b", ["no name of a competition"]],
];

for (const [title, competition, said] of REFUSALS) {
  Deno.test(`a competition ${title} is told`, async () => {
    await withBench(async ({ download }) => {
      const problem = await assertRejects(() => download(competition), Problem);
      assertEquals(problem.exitCode, 2);
      for (const text of said) assertStringIncludes(`${problem.message} ${problem.next}`, text);
    });
  });
}

Deno.test("a token that Kaggle does not know is told, and not repeated", async () => {
  await withBench(async ({ service, folder }) => {
    const access = { ...service.access, authorization: "Bearer KGAT_wrong" };
    const problem = await assertRejects(
      () => downloadCompetition({ ...access, competition: "cells", folder }),
      Problem,
      "it does not accept the token",
    );
    assertEquals(problem.exitCode, 2);
    assert(!`${problem.message} ${problem.next}`.includes("KGAT_wrong"));
  });
});

Deno.test("a redirect to a host that is none of Kaggle's is not followed", async () => {
  await withBench(async ({ service, download }) => {
    service.elsewhere = "http://127.0.0.2:9";
    await assertRejects(() => download(), Problem, "none of its known hosts");
    assertEquals(service.seen.length, 1);
  });
});

Deno.test("a missing network is told without the address that was signed", async () => {
  await withBench(async ({ service, download }) => {
    (service.access.service.storage as string[]).push("127.0.0.1:9");
    service.elsewhere = "http://127.0.0.1:9";
    const problem = await assertRejects(() => download(), Problem, "Cannot reach 127.0.0.1:9");
    assert(!problem.message.includes("Signature"), problem.message);
  });
});

for (const name of ["../outside.txt", "/outside.txt", "a/../../outside.txt", "C:\\outside.txt"]) {
  Deno.test(`an archive with the entry ${name} is refused before anything is written`, async () => {
    await withBench(async ({ service, folder, download }) => {
      service.archive = await buildZip({ "train.csv": "Id\n", [name]: "evil" });
      await assertRejects(() => download(), Problem, "outside its folder");
      assert(!await pathExists(join(folder, "train.csv")));
      assertEquals(await namesIn(join(folder, "..")), ["data"]);
    });
  });
}

Deno.test("an interrupted unpacking goes on, also when Kaggle has other files by then", async () => {
  await withBench(async ({ service, folder, download }) => {
    const controller = new AbortController();
    const stopping = Object.assign(new SilentOutput(), {
      progress: (label: string) => ({
        update: () => label.startsWith("unpacked") && controller.abort(),
        end: () => {},
      }),
    });
    const { access } = service, { signal } = controller;
    const problem = await assertRejects(
      () => downloadCompetition({ ...access, competition: "cells", folder, output: stopping, signal }),
      Problem,
    );
    assertEquals(problem.exitCode, 130);
    assertEquals(await Deno.readTextFile(join(folder, "train.csv")), FILES["train.csv"]);
    assert(!await pathExists(join(folder, "sample_submission.csv")));
    assertEquals(await namesIn(join(folder, "train")), []);
    service.etag = '"second"';
    service.archive = await buildZip({ ...FILES, "train.csv": "Id,label\nb,1\n" });
    await download();
    assertEquals(await Deno.readTextFile(join(folder, "train.csv")), "Id,label\nb,1\n");
    assertEquals(await Deno.readFile(join(folder, "train", "a.png")), PICTURE);
  });
});

Deno.test("files that are there with another content are not replaced, of an earlier download they are", async () => {
  await withBench(async ({ service, folder, download }) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "train.csv"), "mine");
    await assertRejects(() => download(), Problem, "it would replace");
    assertEquals(await namesIn(folder), [".lock", "cells.zip.part", "cells.zip.part.json", "train.csv"]);
    await Deno.remove(join(folder, "train.csv"));
    await download();
    service.etag = '"second"';
    service.archive = await buildZip({ ...FILES, "train.csv": "Id,label\na,2\n" });
    await download();
    assertEquals(await Deno.readTextFile(join(folder, "train.csv")), "Id,label\na,2\n");
    await assertRejects(() => download("whales"), Problem, 'it holds the data of "cells"');
  });
});

Deno.test("archives in the archive are unpacked: beside themselves, or in a folder where they hold many", async () => {
  await withBench(async ({ service, folder }) => {
    const warnings: string[] = [];
    const output = Object.assign(new SilentOutput(), { warn: (text: string) => warnings.push(text) });
    service.archive = await buildZip({
      "labels.csv.zip": await buildZip({ "labels.csv": "Id\n" }),
      "train.zip": await buildZip({ "1.png": "one", "2.png": "two" }),
      "test.zip": await buildZip({ "test/1.png": "three", "__MACOSX/test/1.png": "" }),
      "broken.zip": "none",
      "evil.zip": await buildZip({ "../../evil.txt": "evil" }),
      "big.7z": "seven",
    });
    await downloadCompetition({ ...service.access, competition: "cells", folder, output });
    const { ".lock": _lock, ...found } = Object.fromEntries(
      (await namesIn(folder)).map((name) => [name, true]),
    );
    assertEquals(Object.keys(found).sort(), [
      ".kaggle_download.json",
      "__MACOSX",
      "big.7z",
      "broken.zip",
      "evil.zip",
      "labels.csv",
      "test",
      "train",
    ]);
    assertEquals(await namesIn(join(folder, "train")), ["1.png", "2.png"]);
    assertEquals(await Deno.readTextFile(join(folder, "test", "1.png")), "three");
    assertEquals(warnings.length, 3);
    for (const name of ["broken.zip", "evil.zip", "big.7z"]) {
      assert(warnings.some((text) => text.includes(name)), name);
    }
  });
});
