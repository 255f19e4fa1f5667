import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { KaggleClient } from "../../../core/kaggle/client.ts";
import { fetchArchive } from "../../../core/kaggle/fetch_archive.ts";
import { inFolder } from "../../_in_folder.ts";
import { withKaggle } from "./_service.ts";

Deno.test("a connection that says nothing any more is given up and opened again", async () => {
  await withKaggle((service) =>
    inFolder(async (folder) => {
      service.archive = crypto.getRandomValues(new Uint8Array(50_000));
      service.stallAfter = 20_000;
      const client = await KaggleClient.open(service.access);
      const part = join(folder, "cells.zip.part");
      await fetchArchive(client, { competition: "cells", part, patience: 500 });
      assertEquals(await Deno.readFile(part), service.archive);
      const ranges = service.seen.filter(({ host }) => host === "storage").map(({ range }) => range);
      assertEquals(ranges, [null, "bytes=20000-", "bytes=40000-"]);
    })
  );
});

Deno.test("a service that says nothing at all is told as unreachable", async () => {
  await withKaggle((service) =>
    inFolder(async (folder) => {
      const silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
      const address = `127.0.0.1:${(silent.addr as Deno.NetAddr).port}`;
      const access = { ...service.access, service: { api: `http://${address}/api/v1`, storage: [] } };
      const client = await KaggleClient.open(access), part = join(folder, "cells.zip.part");
      const problem = await assertRejects(
        () => fetchArchive(client, { competition: "cells", part, patience: 100 }),
        Problem,
        `Cannot reach ${address}: nothing arrived for 0.1 s`,
      );
      assertEquals(problem.exitCode, 3);
      silent.close();
    })
  );
});
