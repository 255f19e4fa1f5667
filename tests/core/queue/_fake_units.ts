import { join } from "@std/path";
import { pathExists } from "../../../core/base/files.ts";
import type { QueueUnit } from "../../../core/queue/queue_unit.ts";
import type { ExecuteUnit } from "../../../core/queue/run_job.ts";

/** A unit that does nothing but take its time, for tests of the queue. */
export interface FakeUnit extends QueueUnit {
  readonly milliseconds: number;
  /** It does not end before this file is in the folder. */
  readonly until?: string;
}

/** A folder where fake units leave their traces, in place of a store. */
export class FakeStore {
  constructor(readonly folder: string) {}

  #result(id: string): string {
    return join(this.folder, `${id}.result`);
  }

  isDone = (id: string): Promise<boolean> => pathExists(this.#result(id));

  /** Notes an event of a unit. */
  async note(id: string, event: string): Promise<void> {
    await Deno.writeTextFile(join(this.folder, `${id}.${event}.${crypto.randomUUID()}`), "");
  }

  /** How often each event of each unit was noted, by `<id>.<event>`. */
  counts(): Map<string, number> {
    const found = new Map<string, number>();
    for (const { name } of Deno.readDirSync(this.folder)) {
      const [id, event, which] = name.split(".");
      if (which !== undefined) found.set(`${id}.${event}`, (found.get(`${id}.${event}`) ?? 0) + 1);
    }
    return found;
  }

  /** Writes a unit's result unless it has one. */
  async accept(id: string): Promise<void> {
    const draft = await Deno.makeTempFile({ dir: this.folder });
    try {
      await Deno.link(draft, this.#result(id));
      await this.note(id, "accepted");
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    } finally {
      await Deno.remove(draft);
    }
  }

  execute: ExecuteUnit = async (unit, { signal, onProgress }) => {
    const { id, milliseconds, until } = unit as FakeUnit;
    await this.note(id, "begun");
    onProgress({ epoch: 1, loss: 0.5 });
    const end = Date.now() + milliseconds;
    while (Date.now() < end || (until !== undefined && !await pathExists(join(this.folder, until)))) {
      signal.throwIfAborted();
      await new Promise((wake) => setTimeout(wake, 20));
    }
    await this.accept(id);
  };
}
