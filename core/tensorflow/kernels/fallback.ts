import { STATUS_CODES, TensorflowError } from "../status.ts";

/** How TensorFlow says that it was built without an operation, a kernel, or a kernel for this device. */
const LACKING = /\bregistered\b|\bare not supported on [CG]PU\b/;

/** Whether TensorFlow refused because it has nothing for the operation, whatever the memory, shapes and values are. */
export function isUnsupported(error: unknown): error is TensorflowError {
  if (!(error instanceof TensorflowError)) return false;
  const { code, reason } = error;
  if (code === STATUS_CODES.unimplemented) return true;
  return (code === STATUS_CODES.notFound || code === STATUS_CODES.invalidArgument) && LACKING.test(reason);
}

/** What a kernel's absence is told to. */
interface Listener {
  readonly binding: { notify(notice: string): void };
}

/** A kernel that not every TensorFlow has: other processors, versions and builds compute the same by slower ones. */
export class OptionalKernel {
  #lacking = false;

  /** @param name what users read when it is missing */
  constructor(readonly name: string) {}

  /**
   * Runs `fast`. Once TensorFlow has said that it has no such kernel, `slow` takes its place from then on, and the user
   * is told. Any other failure, out of memory say, is thrown and changes nothing.
   */
  run<Result>(
    { binding }: Listener,
    { fast, slow }: { readonly fast: () => Result; readonly slow: () => Result },
  ): Result {
    if (this.#lacking) return slow();
    try {
      return fast();
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      this.#lacking = true;
      const reason = error.reason.split("\n")[0];
      binding.notify(`TensorFlow has no ${this.name} here, a slower way gives the same results: ${reason}`);
      return slow();
    }
  }
}
