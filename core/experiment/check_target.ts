import { configProblem } from "../base/problem.ts";
import type { TargetKind } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";

/** A loss or metric that a config names. */
export interface TargetCheck {
  readonly kind: "losses" | "metrics";
  readonly name: string;
  /** Target kind of the layout. */
  readonly target: TargetKind;
  /** Config key, for the error message. */
  readonly where: string;
}

const CLASS_TARGETS: readonly TargetKind[] = ["class_set", "class", "grade", "probabilities"];

/** Throws a config problem that lists the alternatives when a loss or metric does not support the layout's target. */
export function checkTarget(registry: Registry, { kind, name, target, where }: TargetCheck): void {
  const fits = ({ targets = CLASS_TARGETS }: { readonly targets?: readonly TargetKind[] }) =>
    targets.includes(target);
  if (fits(registry.get(kind, name))) return;
  const fitting = registry.list(kind).filter(fits).map((plugin) => plugin.name);
  throw configProblem(
    `Cannot use ${where} "${name}": it is not made for the target ${target} of this layout`,
    fitting.length === 0 ? `No plugin of plugins/${kind} is; add one` : `Choose of: ${fitting.join(", ")}`,
  );
}
