import type { Random } from "../../core/base/random.ts";
import type { UnitQueue } from "../../core/queue/open_queue.ts";
import type { S3Access } from "../../core/store/s3_access.ts";
import { S3Store } from "../../core/store/s3_store.ts";
import type { FailingProxy } from "../core/store/_failing_proxy.ts";
import { findMoto, withMoto } from "../core/store/_moto.ts";
import { withS3Server } from "../core/store/_s3_server.ts";
import { inFolder } from "../_in_folder.ts";
import { needing } from "../_needing.ts";
import { makeServer, missingServer } from "../_queue_server.ts";
import { disturbCompetition, KILLS, type SharedStore } from "./_queue_competition.ts";
import { rounds } from "./_rounds.ts";

/** Share of requests that fail, and milliseconds during which none is answered. */
const FAILING = 0.1, OUTAGE = rounds(5000, 30_000);
/** The outage begins when at most so many units are done: the first half of the work. */
const LATEST = rounds(5, 15);

type UseStore = (access: S3Access, proxy: FailingProxy) => Promise<void>;
const python = await findMoto();
/** Moto where there is one, an independent server; else the tests' own. */
const withStore = (use: UseStore) =>
  python === null ? withS3Server(({ access, proxy }) => use(access, proxy)) : withMoto(python, use);

async function share(access: S3Access): Promise<SharedStore> {
  const { bucketUrl, prefix, region, accessKeyId, secretAccessKey } = access;
  const { host, origin, pathname } = new URL(bucketUrl);
  const address = `s3:/${pathname}${prefix}`;
  return {
    address,
    store: await S3Store.open(address, { access }),
    hosts: [host],
    env: {
      AWS_ENDPOINT_URL_S3: origin,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
  };
}

/** Lets the store be away for a while when some units are done. */
async function goOut(proxy: FailingProxy, queue: UnitQueue, random: Random): Promise<void> {
  const first = random.integer(1, LATEST);
  while ((await queue.jobs.getJobCounts()).completed! < first) {
    await new Promise((wake) => setTimeout(wake, 100));
  }
  await proxy.goOut(OUTAGE);
}

const name = `a competition over S3 that fails every tenth request and is away for ${OUTAGE / 1000} s, ` +
  `its workers killed ${KILLS} times and redis twice: the bytes of a single machine`;
Deno.test({
  ...needing(name, missingServer("redis")),
  fn: () =>
    inFolder((root) =>
      withStore(async (access, proxy) => {
        const server = await makeServer("redis");
        try {
          proxy.failing = FAILING;
          const more = (queue: UnitQueue, random: Random) => goOut(proxy, queue, random);
          await disturbCompetition({ server, shared: await share(access), root, more });
        } finally {
          await server.remove();
        }
      })
    ),
});
