import type { TensorflowLibrary } from "./open_library.ts";

/** TensorFlow's error slot: every call that can fail writes to it. */
export class Status {
  /** The TF_Status pointer to hand to a call. */
  readonly pointer: bigint;
  readonly #library: TensorflowLibrary;

  constructor(library: TensorflowLibrary) {
    this.#library = library;
    this.pointer = library.symbols.TF_NewStatus();
  }

  /** Whether the last call succeeded. */
  get ok(): boolean {
    return this.#library.symbols.TF_GetCode(this.pointer) === 0;
  }

  /** TensorFlow's own words about the last call. */
  get message(): string {
    return this.#library.text(this.#library.symbols.TF_Message(this.pointer));
  }

  /** Throws with TensorFlow's message when the last call failed. */
  check(action: string): void {
    if (!this.ok) throw new Error(`TensorFlow could not ${action}: ${this.message}`);
  }
}
