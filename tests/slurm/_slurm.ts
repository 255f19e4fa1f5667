/** A cluster of Slurm on this machine, controller and one node, of Debian's slurm-wlm and munge. */
import { dirname, join } from "@std/path";

/** Where Debian has the daemons, which are not on everyone's path. */
const PATH = `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;
const DAEMONS = ["munged", "slurmctld", "slurmd"] as const;

/** Runs a command to its end and returns what it printed. Throws an error when it fails. */
async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const child = new Deno.Command(command, { args: [...args], env: { PATH, ...env } });
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}

/** Why there can be no cluster here; null when there can. */
export async function missingForSlurm(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "Slurm runs on Linux";
  const found = await Promise.all(
    [...DAEMONS, "sbatch"].map((name) => run("which", [name]).then(() => true, () => false)),
  );
  return found.every(Boolean) ? null : "no Slurm: install Debian's slurm-wlm and munge";
}

function freePort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}

function configuration(folder: string, { host, user }: { host: string; user: string }): string {
  return [
    "ClusterName=test",
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    "AuthType=auth/munge",
    `AuthInfo=socket=${join(folder, "munge", "socket")}`,
    "CredType=cred/munge",
    `SlurmctldPort=${freePort()}`,
    `SlurmdPort=${freePort()}`,
    `SlurmctldPidFile=${join(folder, "slurmctld.pid")}`,
    `SlurmdPidFile=${join(folder, "slurmd.pid")}`,
    `StateSaveLocation=${join(folder, "state")}`,
    `SlurmdSpoolDir=${join(folder, "spool")}`,
    // No control groups: a container has none to give.
    "ProctrackType=proctrack/linuxproc",
    "TaskPlugin=task/none",
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_CPU",
    "MpiDefault=none",
    "ReturnToService=2",
    "KillWait=30",
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN`,
    "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
  ].join("\n") + "\n";
}

/** Tries until something is there; throws what it last threw after a minute. */
export async function eventually<Result>(look: () => Promise<Result>): Promise<Result> {
  for (let tries = 0;; tries++) {
    try {
      return await look();
    } catch (error) {
      if (tries === 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** A running cluster. */
export class Slurm {
  readonly #folder: string;
  readonly #daemons: Deno.ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts a cluster that keeps its state in a new folder. */
  static async start(folder: string): Promise<Slurm> {
    const slurm = new Slurm(folder);
    const host = (await run("hostname", ["-s"])).split(".")[0]!, user = await run("id", ["-un"]);
    for (const name of ["munge", "state", "spool"]) await Deno.mkdir(join(folder, name), { mode: 0o700 });
    const key = crypto.getRandomValues(new Uint8Array(128));
    await Deno.writeFile(join(folder, "munge", "key"), key, { mode: 0o600 });
    await Deno.writeTextFile(join(folder, "slurm.conf"), configuration(folder, { host, user }));
    slurm.#startMunge();
    await eventually(() => Deno.stat(join(folder, "munge", "socket")));
    slurm.#daemon("slurmctld", ["-D"]);
    slurm.#daemon("slurmd", ["-D"]);
    await eventually(async () => {
      if (await slurm.command("sinfo", "--noheader", "--format=%T") !== "idle") {
        throw new Error("no idle node");
      }
    });
    return slurm;
  }

  #startMunge(): void {
    const names = {
      socket: "socket",
      "key-file": "key",
      "pid-file": "pid",
      "log-file": "log",
      "seed-file": "seed",
    };
    const flags = Object.entries(names).map(([flag, name]) =>
      `--${flag}=${join(this.#folder, "munge", name)}`
    );
    // A temporary folder belongs to everyone, which it would otherwise not start below.
    this.#daemon("munged", ["--foreground", "--force", ...flags]);
  }

  #daemon(name: typeof DAEMONS[number], args: string[]): void {
    const env = { PATH, SLURM_CONF: this.#configuration };
    const child = new Deno.Command(name, { args, env, stdin: "null", stdout: "null", stderr: "null" })
      .spawn();
    this.#daemons.push(child);
  }

  get #configuration(): string {
    return join(this.#folder, "slurm.conf");
  }

  /** Runs one of Slurm's commands and returns what it printed. */
  command(name: string, ...args: string[]): Promise<string> {
    return run(name, args, { SLURM_CONF: this.#configuration });
  }

  /** Submits a batch script from a folder, with programs of another before those on the path; the number of its job. */
  async submit(
    script: string,
    { cwd, programs, flags }: {
      readonly cwd: string;
      readonly programs: string;
      readonly flags: readonly string[];
    },
  ): Promise<string> {
    const env = { PATH: `${programs}:${PATH}`, SLURM_CONF: this.#configuration };
    return await run("sbatch", ["--parsable", `--chdir=${cwd}`, ...flags, script], env);
  }

  /** What Slurm says of a job under a name. */
  async field(job: string, name: string): Promise<string | undefined> {
    return new RegExp(`\\b${name}=(\\S+)`).exec(await this.command("scontrol", "show", "job", job))?.[1];
  }

  /** Asks the batch script of a job to stop, once, as Slurm does before a time limit; scancel would repeat it. */
  async interrupt(job: string): Promise<void> {
    const listed = await this.command("scontrol", "listpids", (await this.field(job, "JobId"))!);
    const [script] = listed.split("\n").map((line) => line.trim().split(/ +/)).filter((row) =>
      row[3] === "0"
    );
    Deno.kill(Number(script![0]), "SIGTERM");
  }

  /** Begins a job that was put back, for which Slurm would let two minutes pass. */
  async beginAgain(job: string): Promise<void> {
    await eventually(async () => {
      if (await this.field(job, "JobState") !== "PENDING") throw new Error(`${job} is not put back`);
    });
    // A node refuses what was begun in the second in which the former run was ended: it takes it for that.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await this.command("scontrol", "update", `JobId=${job}`, "StartTime=now");
  }

  /** Ends all jobs, then the daemons. */
  async stop(): Promise<void> {
    await this.command("scancel", "--me").catch(() => {});
    await eventually(async () => {
      if (await this.command("squeue", "--noheader") !== "") throw new Error("jobs are still running");
    }).catch(() => {});
    for (const daemon of this.#daemons.toReversed()) {
      daemon.kill("SIGTERM");
      await daemon.status;
    }
  }
}

/** Where the ready-made batch script is. */
export const BATCH_SCRIPT = join(
  dirname(dirname(import.meta.dirname!)),
  "examples",
  "slurm",
  "worker.sbatch",
);
