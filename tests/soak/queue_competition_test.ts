import { join } from "@std/path";
import { openStore } from "../../core/store/open_store.ts";
import { inFolder } from "../_in_folder.ts";
import { needing } from "../_needing.ts";
import { ENGINES, makeServer, missingServer } from "../_queue_server.ts";
import { disturbCompetition, KILLS } from "./_queue_competition.ts";

for (const engine of ENGINES) {
  const name =
    `a competition, its workers killed ${KILLS} times and ${engine} twice: the bytes of a single machine`;
  Deno.test({
    ...needing(name, missingServer(engine)),
    fn: () =>
      inFolder(async (root) => {
        const server = await makeServer(engine);
        try {
          const link = join(root, "store"), store = await openStore(link);
          await disturbCompetition({ server, shared: { address: "results/store", store, link }, root });
        } finally {
          await server.remove();
        }
      }),
  });
}
