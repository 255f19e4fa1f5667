import { assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { listFiles, writeChunksAtomic, writeFileAtomic } from "../../../core/base/files.ts";
import { removeLeftParts, writeAll } from "../../../core/base/part_files.ts";
import { inFolder } from "../../_in_folder.ts";

const SCRIPT = fromFileUrl(new URL("./_writing.ts", import.meta.url));

/** A process that is in the middle of writing a file. */
async function startWriting(path: string): Promise<Deno.ChildProcess> {
  const args = ["run", "--no-check", "--allow-read", "--allow-write", SCRIPT, path];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "null" }).spawn();
  await child.stdout.getReader().read();
  return child;
}

async function kill(child: Deno.ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await child.status;
  await child.stdout.cancel().catch(() => {});
}

function* failing(): Generator<Uint8Array> {
  yield new Uint8Array(100_000);
  throw new Deno.errors.WriteZero("No space left on device");
}

Deno.test("a write that fails leaves nothing, and the file as it was", () =>
  inFolder(async (dir) => {
    const path = join(dir, "a.csv");
    await writeFileAtomic(path, "before");
    await assertRejects(() => writeChunksAtomic(path, failing()), Deno.errors.WriteZero, "No space left");
    assertEquals([await listFiles(dir), await Deno.readTextFile(path)], [["a.csv"], "before"]);
    await Deno.mkdir(join(dir, "folder"));
    await assertRejects(() => writeFileAtomic(join(dir, "folder"), "x"));
    assertEquals(await listFiles(dir), ["a.csv"]);
  }));

Deno.test("an error while writing names the file, which the system's own error does not", () =>
  inFolder(async (dir) => {
    const path = join(dir, "a.csv");
    await Deno.writeTextFile(path, "");
    using file = await Deno.open(path, { read: true });
    const write = () => writeAll(file, new Uint8Array(10), path);
    await assertRejects(write, Error, `Cannot write "${path}": `);
  }));

Deno.test("what a killed process left is removed by the next write of the same file, what is being written is not", () =>
  inFolder(async (dir) => {
    const [killed, running, other] = ["killed.bin", "running.bin", "other.bin"].map((name) =>
      join(dir, name)
    );
    const [first, second] = [await startWriting(killed!), await startWriting(running!)];
    try {
      await kill(first);
      await Deno.writeTextFile(`${other}.123.part`, "of another file");
      assertEquals((await listFiles(dir)).length, 3);
      await writeFileAtomic(killed!, "whole");
      await writeFileAtomic(running!, "whole");
      const left = ["killed.bin", "other.bin.123.part", "running.bin", `running.bin.${second.pid}.part`];
      assertEquals(await listFiles(dir), left);
    } finally {
      await kill(second);
    }
    await removeLeftParts(dir, (name) => name === "running.bin");
    assertEquals(await listFiles(dir), ["killed.bin", "other.bin.123.part", "running.bin"]);
    await removeLeftParts(join(dir, "none"), () => true);
  }));
