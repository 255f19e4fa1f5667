import { assert, assertEquals } from "@std/assert";
import { Queue } from "bullmq";
import { createPatientBackend } from "../../../core/queue/patient_postgres.ts";
import type { JobQueue } from "../../../core/queue/open_queue.ts";
import { needing } from "../../_needing.ts";
import { makeServer, missingServer } from "../../_queue_server.ts";

/** Messages of a client before its first question: it tells who it is. */
const GREETING = 1;

/** A way to a server that breaks at the first question of its first client. */
function breakingWay(target: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let clients = 0;
  const carry = async (client: Deno.Conn, breaks: boolean) => {
    using server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    const back = server.readable.pipeTo(client.writable).catch(() => {});
    const asks = client.readable.getReader(), writer = server.writable.getWriter();
    for (let asked = 0;; asked++) {
      const { done, value } = await asks.read().catch(() => ({ done: true, value: undefined }));
      if (done || (breaks && asked === GREETING)) break;
      await writer.write(value!);
    }
    client.close();
    await writer.close().catch(() => {});
    await back;
  };
  (async () => {
    for await (const client of listener) carry(client, ++clients === 1).catch(() => {});
  })();
  return { listener, clients: () => clients };
}

Deno.test({
  ...needing(
    "a queue whose server is lost while its tables are looked at works when that is back",
    missingServer("postgres"),
  ),
  async fn() {
    const server = await makeServer("postgres");
    await server.start();
    const way = breakingWay(Number(server.host.split(":")[1]));
    const { port } = way.listener.addr as Deno.NetAddr;
    const connection = {
      connectionString: `postgres://podium@127.0.0.1:${port}/postgres`,
      migrate: true,
      max: 1,
    };
    const queue: JobQueue = new Queue("podium", { connection }, createPatientBackend as never);
    queue.on("error", () => {});
    try {
      assertEquals((await queue.getJobCounts()).completed, 0);
      assert(way.clients() > 1);
    } finally {
      await queue.close();
      way.listener.close();
      await server.remove();
    }
  },
});
