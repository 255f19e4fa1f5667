import { tensorflowBinding } from "../../../core/tensorflow/backend.ts";
import { Tape } from "../../../core/tensorflow/recording/tape.ts";
import type { Precision } from "../../../core/plugin/contracts.ts";

/** Runs a body while it is traced for a precision, which computes it in float32; also gives the operations it ran. */
export function traced<Value>(
  precision: Precision,
  body: () => Value,
): { readonly operations: string[]; readonly value: Value } {
  const binding = tensorflowBinding();
  const operations: string[] = [];
  const tape = new Tape([], { outputNames: (name) => binding.outputNames(name), captures: true, precision });
  const ran = tape.ran.bind(tape);
  tape.ran = (launch) => {
    operations.push(launch.name);
    ran(launch);
  };
  binding.tape = tape;
  try {
    return { operations, value: body() };
  } finally {
    binding.tape = null;
  }
}
