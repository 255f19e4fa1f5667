/** A failure that may be gone when the same is tried again: a server that is overloaded, a connection that broke. */
export class PassingFailure extends Error {
  override readonly name = "PassingFailure";
}

/** How long and how often to try again; all in milliseconds. */
export interface RetryPolicy {
  /** Most time spent waiting between tries, in total. */
  readonly patience: number;
  /** Longest wait after the first failure; it doubles with each further one. */
  readonly firstWait: number;
  /** Longest wait. */
  readonly longestWait: number;
}

/** Outlives an outage of a minute, and tries often enough to go on soon after a short one. */
export const NETWORK_RETRY: RetryPolicy = { patience: 120_000, firstWait: 200, longestWait: 10_000 };

/** A random time, so that the clients of a server that was gone do not come back all at once. */
function waitAfter(failures: number, { firstWait, longestWait }: RetryPolicy): number {
  return Math.min(longestWait, firstWait * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

/**
 * Does work, and does it again each time that it throws a {@link PassingFailure}, after waits that double.
 *
 * @throws the last failure when the policy's patience is at its end; any other error at once
 */
export async function retrying<Result>(work: () => Promise<Result>, policy: RetryPolicy): Promise<Result> {
  for (let failures = 1, waited = 0;; failures++) {
    try {
      return await work();
    } catch (error) {
      const wait = waitAfter(failures, policy);
      waited += wait;
      if (!(error instanceof PassingFailure) || waited > policy.patience) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
