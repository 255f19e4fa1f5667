import type { Mode, Workload } from "./workload.ts";

/** What TensorFlow's library does: a launch for each operation, or recorded functions. */
const TENSORFLOW: Readonly<Record<Workload["kind"], readonly Mode[]>> = {
  train: [{}, { recorded: true }, { recorded: true, precision: "bfloat16" }],
  inference: [{}, { recorded: true }, { recorded: true, precision: "bfloat16" }],
  ops: [{}],
};

/** PyTorch as its users run it. */
const TORCH: readonly Mode[] = [{}, { channelsLast: true }, { channelsLast: true, precision: "bfloat16" }];

/** The modes that a backend is measured in; `compile` adds each of torch's compiled. */
export function modesOf(
  backend: string,
  { kind, compile }: { readonly kind: Workload["kind"]; readonly compile: boolean },
): readonly Mode[] {
  if (backend === "tensorflow") return TENSORFLOW[kind];
  if (backend !== "torch") return [{}];
  return compile ? TORCH.flatMap((mode) => [mode, { ...mode, compiled: true }]) : TORCH;
}

/** The backend and its mode in words. */
export function contestantName(workload: Pick<Workload, "backend" | keyof Mode>): string {
  const { backend, recorded, precision, channelsLast, compiled } = workload;
  const words = [
    recorded && "recorded",
    precision === "bfloat16" && precision,
    channelsLast && "channels_last",
    compiled && "compiled",
  ];
  return [backend, ...words.filter((word) => typeof word === "string")].join(", ");
}
