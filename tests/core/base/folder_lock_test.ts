import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { withFolderLock } from "../../../core/base/folder_lock.ts";
import { Problem } from "../../../core/base/problem.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await body(join(root, "results", "run"));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a second writer is refused while the first works, and let in after it", async () => {
  await inFolder(async (folder) => {
    const { promise: end, resolve } = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const first = withFolderLock(folder, async () => {
      started.resolve();
      await end;
      return 1;
    });
    await started.promise;
    const refused = await assertRejects(
      () => withFolderLock(folder, () => Promise.resolve(2)),
      Problem,
      folder,
    );
    assertEquals([refused.exitCode, refused.next?.startsWith("Wait")], [1, true]);
    assertEquals(await withFolderLock(`${folder}2`, () => Promise.resolve(3)), 3, "another folder is free");
    resolve();
    assertEquals(await first, 1);
    assertEquals(await withFolderLock(folder, () => Promise.resolve(4)), 4);
  });
});

Deno.test("work that fails gives the folder back", async () => {
  await inFolder(async (folder) => {
    await assertRejects(() => withFolderLock(folder, () => Promise.reject(new Error("lost"))), Error, "lost");
    assertEquals(await withFolderLock(folder, () => Promise.resolve(5)), 5);
  });
});

Deno.test("on a disk without locks the work is done all the same", async () => {
  const { tryLock } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.tryLock = () => Promise.reject(new Deno.errors.NotSupported("no locks here"));
  try {
    await inFolder(async (folder) => assertEquals(await withFolderLock(folder, () => Promise.resolve(6)), 6));
  } finally {
    Deno.FsFile.prototype.tryLock = tryLock;
  }
});
