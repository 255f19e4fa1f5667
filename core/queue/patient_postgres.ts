import {
  type BackendFactory,
  createPostgresBackend,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
} from "bullmq";

/** Milliseconds between two tries to reach a server. */
const PAUSE = 500;
/** Errors of the network, and Postgres' own while it shuts down, starts up or has no connection left. */
const ABSENT = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_AGAIN|57P0[123]$|08...$|53300$)/;

/** What `pg` says without a code of a connection that broke, and of one that had broken already. */
const LOST = /^(Connection terminated|Client has encountered a connection error)/;

/** Whether an error says that the server is away, not that it refused something. */
function isAbsence(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.every(isAbsence);
  const code = "code" in error ? String(error.code) : "";
  return ABSENT.test(code) || LOST.test(error.message);
}

/** What `pg` tells of each client that a pool makes; BullMQ's types do not know of it. */
interface TellsOfClients {
  on(event: "connect", listener: (client: { on(event: "error", listener: () => void): void }) => void): void;
}

/** What a connection remembers of its start, also where that failed; BullMQ's types hide it. */
interface RemembersStart {
  readyPromise?: Promise<void> | undefined;
}

/** Lets the queries of a backend wait while its server is away, as those to Redis do. */
function bePatient({ connection }: PostgresQueueBackend): void {
  const { pool } = connection;
  // Without a listener, a client that is lost while it is lent and has nothing to do ends the process.
  (pool as unknown as TellsOfClients).on("connect", (client) => client.on("error", () => {}));
  const connect = pool.connect.bind(pool), query = pool.query.bind(pool);
  const start = connection.waitUntilReady.bind(connection);
  const patiently = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isAbsence(error) || connection.isClosing !== undefined) throw error;
        if (connection.listenerCount("error") > 0) connection.emit("error", error);
        await new Promise((wake) => setTimeout(wake, PAUSE));
      }
    }
  };
  // A query of the pool asks for its client by a callback, and is repeated as a whole.
  pool.connect = (...callback: Parameters<typeof connect>) =>
    callback.length > 0 ? connect(...callback) : patiently(() => connect());
  pool.query = (text, values) => patiently(() => query(text, values));
  // A server that went away just when its tables were looked at would fail all that is asked later.
  connection.waitUntilReady = () =>
    patiently(() =>
      start().catch((error) => {
        (connection as unknown as RemembersStart).readyPromise = undefined;
        throw error;
      })
    );
}

/** BullMQ's backend for Postgres, with patience: its own fails whatever is asked while the server restarts. */
export function createPatientBackend(
  ...how: Parameters<BackendFactory<PostgresQueueBackend, PostgresConnectionOptions>>
): PostgresQueueBackend {
  const backend = createPostgresBackend(...how);
  bePatient(backend);
  return backend;
}
