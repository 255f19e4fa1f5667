import type { ProblemKind } from "../base/problem.ts";
import type { Unit, UnitProgress, UnitResult } from "./unit.ts";

/** What the thread of a unit is told. */
export type ToThread =
  | { readonly type: "run"; readonly unit: Unit; readonly store: string; readonly attempt: number }
  /** Save a resume point and end. */
  | { readonly type: "stop" };

/** What it tells. */
export type FromThread =
  | { readonly type: "progress"; readonly progress: UnitProgress }
  | { readonly type: "line"; readonly text: string | undefined }
  | { readonly type: "warn"; readonly text: string }
  | { readonly type: "table"; readonly table: readonly [string[], (string | number)[][]] }
  | { readonly type: "done"; readonly result: UnitResult }
  | {
    readonly type: "failed";
    /** Of a problem; null for a fault of the program. */
    readonly kind: ProblemKind | null;
    readonly message: string;
    readonly next: string | undefined;
    readonly stack: string | undefined;
  };
