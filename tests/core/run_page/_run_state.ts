import type { RunState } from "../../../core/run_page/run_state.ts";

/** What the page of a run with so many epochs shows; `changes` replace parts of it. */
export function runState(epochs: number, changes: Partial<RunState> = {}): RunState {
  const history = Array.from({ length: epochs }, (_, epoch) => ({
    epoch,
    step: 10 * (epoch + 1),
    learning_rate: 0.001 * 0.99 ** epoch,
    train: { loss: 1 / (epoch + 1), macro_f1: 1 - 1 / (epoch + 2) },
    val: { loss: 1.2 / (epoch + 1), macro_f1: 0.9 - 1 / (epoch + 2), f1: [0.5, 0.6] },
    images: { train: 90, val: 10 },
    seconds: 30,
  }));
  const last = history.at(-1);
  return {
    dir: "results/cells",
    config: "configs/cells.yml",
    settings: { model: { name: "resnet18", params: {} }, train: { batch_size: 16 }, seed: 0 },
    metric: { name: "macro_f1", title: "macro F1", better: "higher" },
    epochs: 40,
    history,
    best: last ? { epoch: last.epoch, score: last.val.macro_f1 } : null,
    end: null,
    warnings: [],
    time: new Date("2026-01-02T03:04:05Z"),
    ...changes,
  };
}
