import { join } from "@std/path";
import { z } from "zod";
import {
  defineLogger,
  epochScalars,
  type Json,
  jsonLeaves,
  leafText,
  type LoggedEnd,
  type LoggedEpoch,
  type LoggedRun,
  type Logger,
  pathExists,
  readTextFile,
  writeFileAtomic,
} from "../../plugin.ts";
import { MlflowServer } from "./_mlflow_server.ts";

/** Where the run's id is kept, so that a resume goes on in the same run of MLflow. */
const RECORD = "mlflow.json";
/** Longest value of a parameter that every version of MLflow takes, and most parameters of a call. */
const VALUE_LENGTH = 500, PARAMS_A_CALL = 100;
const STATUS = { finished: "FINISHED", interrupted: "KILLED", failed: "FAILED" } as const;

const params = z.strictObject({
  uri: z.url({
    protocol: /^https?$/,
    error: "allowed: the address of a server, such as http://127.0.0.1:5000",
  })
    .default("http://127.0.0.1:5000").describe("Address of the tracking server"),
  experiment: z.string().min(1).default("podium").describe("Experiment of MLflow; made when it is missing"),
  run_name: z.string().nullable().default(null).describe("Name of the run; null: train.dir"),
});

type Params = z.output<typeof params>;

const recordSchema = z.object({ uri: z.string(), experiment: z.string(), run_id: z.string() });

/** The run id of an earlier part of the run, on the same server and in the same experiment. */
async function readRunId(path: string, { uri, experiment }: Params): Promise<string | null> {
  if (!(await pathExists(path))) return null;
  const record = recordSchema.parse(JSON.parse(await readTextFile(path, "")));
  return record.uri === uri && record.experiment === experiment ? record.run_id : null;
}

/** The config's leaves as MLflow's parameters, in as many lists as there are calls. */
function paramLists(config: Json): { key: string; value: string }[][] {
  const all = jsonLeaves(config).map(([key, leaf]) => ({
    key,
    value: leafText(leaf).slice(0, VALUE_LENGTH),
  }));
  const count = Math.ceil(all.length / PARAMS_A_CALL);
  return Array.from({ length: count }, (_, i) => all.slice(i * PARAMS_A_CALL, (i + 1) * PARAMS_A_CALL));
}

/** Numbers that MLflow takes: a score that is no number is left out. */
function metricsOf(record: LoggedEpoch, timestamp: number): Json {
  return Object.entries({ epoch: record.epoch, seconds: record.seconds, ...epochScalars(record) })
    .filter(([, value]) => Number.isFinite(value))
    .map(([key, value]) => ({ key, value, timestamp, step: record.step }));
}

/** Sends the config and every epoch's scores to a tracking server. */
class MlflowLogger implements Logger {
  readonly #params: Params;
  readonly #server: MlflowServer;
  #run: LoggedRun | undefined;
  /** Id of the run in MLflow, once it is known to be there and marked as running. */
  #runId: string | null = null;

  constructor(params: Params) {
    this.#params = params;
    this.#server = new MlflowServer(params.uri);
  }

  get #record(): string {
    return join(this.#run!.dir, RECORD);
  }

  /** A new run appears in MLflow at once; one that goes on waits for its next epoch, which may never come. */
  async start(run: LoggedRun, signal: AbortSignal): Promise<void> {
    this.#run = run;
    if (!run.continues || await readRunId(this.#record, this.#params) === null) {
      await this.#create(signal);
    }
  }

  async epoch(record: LoggedEpoch, _best: unknown, signal: AbortSignal): Promise<void> {
    this.#runId ??= await this.#goOn(signal);
    if (this.#runId === null) await this.#create(signal);
    const metrics = metricsOf(record, Date.now());
    await this.#server.post("runs/log-batch", { run_id: this.#runId, metrics }, signal);
  }

  async end({ status, best, reason }: LoggedEnd, signal: AbortSignal): Promise<void> {
    if (this.#runId === null) return;
    const told = {
      ...best && { best_epoch: String(best.epoch), best_score: String(best.score) },
      ...reason !== undefined && { reason: reason.slice(0, VALUE_LENGTH) },
    };
    const tags = Object.entries(told).map(([key, value]) => ({ key: `podium.${key}`, value }));
    await this.#server.post("runs/log-batch", { run_id: this.#runId, tags }, signal);
    const end = { run_id: this.#runId, status: STATUS[status], end_time: Date.now() };
    await this.#server.post("runs/update", end, signal);
  }

  /** Marks the run of an earlier process as running again; null when there is none, or the server has it no longer. */
  async #goOn(signal: AbortSignal): Promise<string | null> {
    const runId = await readRunId(this.#record, this.#params);
    if (runId === null) return null;
    const update = { run_id: runId, status: "RUNNING" };
    const answer = await this.#server.find(() => this.#server.post("runs/update", update, signal));
    return answer === null ? null : runId;
  }

  async #create(signal: AbortSignal): Promise<void> {
    const { uri, experiment, run_name } = this.#params, { dir, name, config } = this.#run!;
    const experiment_id = await this.#server.experimentId(experiment, signal);
    const tags = [{ key: "mlflow.source.name", value: name }, { key: "podium.dir", value: dir }];
    const asked = { experiment_id, run_name: run_name ?? dir, start_time: Date.now(), tags };
    const { run } = await this.#server.post("runs/create", asked, signal) as {
      run: { info: { run_id: string } };
    };
    const { run_id } = run.info;
    // Before the parameters: where the server refuses one, there shall not be a new run for every epoch.
    this.#runId = run_id;
    await writeFileAtomic(this.#record, JSON.stringify({ uri, experiment, run_id }) + "\n");
    for (const params of paramLists(config)) {
      await this.#server.post("runs/log-batch", { run_id, params }, signal);
    }
  }
}

/** MLflow's REST API, version 2.0: https://mlflow.org/docs/latest/rest-api.html */
export default defineLogger({
  name: "mlflow",
  about: "A run on an MLflow server; the task needs the network for it: see the README",
  params,
  durable: false,
  create: (params) => new MlflowLogger(params),
});
