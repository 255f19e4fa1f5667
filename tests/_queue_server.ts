import { join } from "@std/path";

/** A server of a queue in a folder of its own, which a test may kill. */
export interface QueueServer {
  /** What `--queue` is given. */
  readonly address: string;
  /** `host:port`. */
  readonly host: string;
  start(): Promise<void>;
  /** Address of a queue of its own on the same server. */
  newAddress(): Promise<string>;
  /** Ends it as its operator would, or at once. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** Kinds of servers that the queue runs on. */
export const ENGINES = ["redis", "postgres"] as const;

async function isProgram(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

/** A program in PATH or in some folders beside; null where there is none. */
async function findProgram(
  names: readonly string[],
  folders: readonly string[] = [],
): Promise<string | null> {
  const places = [...folders, ...(Deno.env.get("PATH") ?? "").split(":")];
  for (const name of names) {
    for (const folder of places) if (await isProgram(join(folder, name))) return join(folder, name);
  }
  return null;
}

const REDIS = await findProgram(["redis-server", "valkey-server"]);
/** Debian keeps each version of Postgres in a folder outside PATH. */
const INITDB = await findProgram(
  ["initdb"],
  ["17", "16", "15", "14", "13"].map((version) => `/usr/lib/postgresql/${version}/bin`),
);
const POSTGRES = INITDB?.replace(/initdb$/, "postgres") ?? null;

/** Why a kind of server cannot be started here, or null. */
export function missingServer(engine: typeof ENGINES[number]): string | null {
  if (engine === "redis") return REDIS === null ? "no redis-server: apt-get install redis-server" : null;
  return INITDB === null ? "no Postgres: apt-get install postgresql" : null;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

async function answers(port: number): Promise<boolean> {
  return await Deno.connect({ hostname: "127.0.0.1", port }).then(
    (link) => (link.close(), true),
    () => false,
  );
}

/** Postgres listens before it knows whether it can start: what was killed may hold its memory for a moment. */
async function acceptsQueries(port: number): Promise<boolean> {
  const args = ["-h", "127.0.0.1", "-p", `${port}`, "-q"];
  return (await new Deno.Command(INITDB!.replace(/initdb$/, "pg_isready"), { args }).output()).success;
}

/** Starts a program until it is ready, again when it ends before. */
async function startUntil(
  isReady: () => Promise<boolean>,
  command: Deno.Command,
): Promise<Deno.ChildProcess> {
  for (let tries = 0; tries < 50; tries++) {
    const child = command.spawn();
    let ended = false;
    child.status.then(() => ended = true);
    while (!ended) {
      if (await isReady() && !ended) return child;
      await new Promise((wake) => setTimeout(wake, 50));
    }
    await new Promise((wake) => setTimeout(wake, 200));
  }
  throw new Error("the server does not start");
}

/** Postgres refuses to run as root. */
async function unprivileged(): Promise<{ uid?: number; gid?: number }> {
  if (Deno.uid() !== 0) return {};
  const ask = async (flag: string) => {
    const { stdout } = await new Deno.Command("id", { args: [flag, "postgres"] }).output();
    return Number(new TextDecoder().decode(stdout));
  };
  return { uid: await ask("-u"), gid: await ask("-g") };
}

function redisCommand(folder: string, port: number): Deno.Command {
  const args = [
    "--port",
    `${port}`,
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--appendonly",
    "yes",
    "--save",
    "",
  ];
  return new Deno.Command(REDIS!, { args, stdout: "null", stderr: "null" });
}

async function postgresCommand(folder: string, port: number): Promise<Deno.Command> {
  const user = await unprivileged();
  if (user.uid !== undefined) await Deno.chown(folder, user.uid, user.gid!);
  const data = join(folder, "data");
  const init = ["-D", data, "-U", "podium", "-A", "trust", "--no-sync"];
  const { success, stderr } = await new Deno.Command(INITDB!, { args: init, cwd: folder, ...user }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  // What a killed process has written is not lost: only a machine without power needs it on the disk.
  const settings = ["fsync=off", "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
  const args = ["-D", data, "-p", `${port}`, ...settings.flatMap((setting) => ["-c", setting])];
  return new Deno.Command(POSTGRES!, { args, cwd: folder, ...user, stdout: "null", stderr: "null" });
}

/** Makes a database, once the server is through with its start. */
async function createDatabase(port: number, name: string): Promise<void> {
  const args = ["-h", "127.0.0.1", "-p", `${port}`, "-U", "podium", name];
  const command = new Deno.Command(INITDB!.replace(/initdb$/, "createdb"), { args });
  for (let tries = 0; tries < 50; tries++) {
    if ((await command.output()).success) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error("createdb fails");
}

/** Makes a server: Redis with its log of writes on, or Postgres as it comes. */
export async function makeServer(engine: typeof ENGINES[number]): Promise<QueueServer> {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  const host = `127.0.0.1:${port}`;
  const command = await (engine === "redis" ? redisCommand : postgresCommand)(folder, port);
  const isReady = () => (engine === "redis" ? answers : acceptsQueries)(port);
  let child: Deno.ChildProcess | null = null, addresses = 0;
  const stop = async (signal: Deno.Signal) => {
    child?.kill(signal);
    await child?.status;
    child = null;
  };
  return {
    address: engine === "redis" ? `redis://${host}/0` : `postgres://podium@${host}/postgres`,
    host,
    newAddress: async () => {
      const number = ++addresses;
      if (engine === "redis") return `redis://${host}/${number}`;
      await createDatabase(port, `queue${number}`);
      return `postgres://podium@${host}/queue${number}`;
    },
    start: async () => void (child = await startUntil(isReady, command)),
    // The terminal's interrupt makes Postgres end without waiting for its clients.
    stop: (signal) => stop(engine === "postgres" && signal === "SIGTERM" ? "SIGINT" : signal),
    remove: async () => {
      await stop("SIGKILL");
      for (let tries = 0; tries < 20; tries++) {
        // Children of a killed server may still write.
        if (await Deno.remove(folder, { recursive: true }).then(() => true, () => false)) return;
        await new Promise((wake) => setTimeout(wake, 100));
      }
    },
  };
}
