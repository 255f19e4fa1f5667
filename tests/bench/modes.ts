import type { Mode, Workload } from "./workload.ts";

/** What TensorFlow's library does: a launch for each operation, or recorded functions. */
const TENSORFLOW: Readonly<Record<Workload["kind"], readonly Mode[]>> = {
  train: [{}, { recorded: true }, { recorded: true, precision: "bfloat16" }],
  inference: [{}, { recorded: true }, { recorded: true, precision: "bfloat16" }],
  ops: [{}],
};

/** PyTorch as its users run it. */
const TORCH: readonly Mode[] = [{}, { channelsLast: true }, { channelsLast: true, precision: "bfloat16" }];

/** A mode by itself, and as torch.compile makes it: in inference also with frozen weights, as Podium folds its own. */
function withCompiled(mode: Mode, kind: Workload["kind"]): readonly Mode[] {
  const compiled = { ...mode, compiled: true };
  return kind === "inference" ? [mode, compiled, { ...compiled, frozen: true }] : [mode, compiled];
}

/** The modes that a backend is measured in; `compile` adds each of torch's compiled. */
export function modesOf(
  backend: string,
  { kind, compile }: { readonly kind: Workload["kind"]; readonly compile: boolean },
): readonly Mode[] {
  if (backend === "tensorflow") return TENSORFLOW[kind];
  if (backend !== "torch") return [{}];
  return compile ? TORCH.flatMap((mode) => withCompiled(mode, kind)) : TORCH;
}

/** The backend and its mode in words. */
export function contestantName(workload: Pick<Workload, "backend" | keyof Mode>): string {
  const { backend, recorded, precision, channelsLast, compiled, frozen } = workload;
  const words = [
    recorded && "recorded",
    precision === "bfloat16" && precision,
    channelsLast && "channels_last",
    compiled && "compiled",
    frozen && "frozen",
  ];
  return [backend, ...words.filter((word) => typeof word === "string")].join(", ");
}
