import { z } from "zod";
import { defineLogger, epochScalars, EventWriter, type Logger } from "../../plugin.ts";

/** Writes an event file; a resume cuts it back to where the resume point was written. */
class TensorBoardLogger implements Logger {
  #events: EventWriter | undefined;

  async start({ dir, saved }: Parameters<Logger["start"]>[0]): Promise<void> {
    this.#events = await EventWriter.open(dir, typeof saved === "number" ? saved : 0);
  }

  step(step: number, scalars: Readonly<Record<string, number>>): void {
    this.#events!.add(step, scalars);
  }

  epoch(record: Parameters<Logger["epoch"]>[0]): void {
    this.#events!.add(record.step, epochScalars(record));
  }

  async position(): Promise<number> {
    await this.#events!.flush();
    return this.#events!.size;
  }

  end(): void {}
}

/** Events that TensorBoard reads: the loss every ten steps, and every score of an epoch. */
export default defineLogger({
  name: "tensorboard",
  about: "An event file in train.dir: tensorboard --logdir results",
  params: z.strictObject({}),
  durable: true,
  create: () => new TensorBoardLogger(),
});
