import type { TensorflowLibrary } from "./open_library.ts";

/** Codes by which TensorFlow tells kinds of failures apart (TF_Code in tf_status.h), as far as Podium does. */
export const STATUS_CODES = {
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
} as const;

/** A call that TensorFlow refused, with its own code and words. */
export class TensorflowError extends Error {
  override readonly name = "TensorflowError";
  /** One of {@link STATUS_CODES}, or another of TensorFlow's. */
  readonly code: number;
  /** TensorFlow's own words. */
  readonly reason: string;

  constructor(action: string, { code, reason }: { readonly code: number; readonly reason: string }) {
    super(`TensorFlow could not ${action}: ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}

/** TensorFlow's TF_Status: every call that can fail writes its result to it. */
export class Status {
  /** The TF_Status pointer to hand to a call. */
  readonly pointer: bigint;
  readonly #library: TensorflowLibrary;

  constructor(library: TensorflowLibrary) {
    this.#library = library;
    this.pointer = library.symbols.TF_NewStatus();
  }

  /** TensorFlow's code of the last call; 0 when it succeeded. */
  get code(): number {
    return this.#library.symbols.TF_GetCode(this.pointer);
  }

  /** Whether the last call succeeded. */
  get ok(): boolean {
    return this.code === 0;
  }

  /** TensorFlow's own words about the last call. */
  get reason(): string {
    return this.#library.text(this.#library.symbols.TF_Message(this.pointer));
  }

  /** Throws a {@link TensorflowError} when the last call failed. */
  check(action: string): void {
    if (!this.ok) throw new TensorflowError(action, this);
  }
}
