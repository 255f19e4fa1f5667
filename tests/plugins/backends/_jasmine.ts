import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import * as tf from "@tensorflow/tfjs";

/** What Podium needs of Jasmine to run tfjs-core's own tests: suites, specs and the matchers they use. */

/** One spec of a suite. */
export interface Spec {
  readonly name: string;
  readonly before: readonly (() => unknown)[];
  readonly run: (done?: () => void) => unknown;
}

interface Suite {
  readonly name: string;
  readonly before: (() => unknown)[];
}

let suites: Suite[] = [];
let specs: Spec[] = [];

/** Runs a test file and gives the specs that it declares. */
export async function collectSpecs(load: () => Promise<unknown>): Promise<Spec[]> {
  [suites, specs] = [[], []];
  await load();
  return specs;
}

function describe(name: string, body: () => void): void {
  suites.push({ name, before: [] });
  body();
  suites.pop();
}

function it(name: string, run: Spec["run"]): void {
  const before = suites.flatMap((suite) => suite.before);
  specs.push({ name: [...suites.map((suite) => suite.name), name].join(" "), before, run });
}

/** Which backends a suite of tfjs-core is meant for. */
interface Constraints {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly predicate?: (environment: { readonly isDataSync: boolean; readonly name: string }) => boolean;
}

function describeWithFlags(
  name: string,
  constraints: Constraints,
  body: (environment: object) => void,
): void {
  const environment = { name: tf.getBackend(), backendName: tf.getBackend(), isDataSync: true };
  const flags = Object.entries(constraints.flags ?? {});
  const fits = flags.every(([flag, value]) => tf.env().get(flag) === value) &&
    constraints.predicate?.(environment) !== false;
  if (fits) describe(name, () => body(environment));
}

function thrown(run: () => unknown): { readonly error: unknown } | null {
  try {
    run();
    return null;
  } catch (error) {
    return { error };
  }
}

function matchesError(run: () => unknown, ...expected: unknown[]): boolean {
  const caught = thrown(run);
  if (!caught) return false;
  const message = caught.error instanceof Error ? caught.error.message : String(caught.error);
  return expected.every((wanted) => {
    if (wanted instanceof RegExp) return wanted.test(message);
    return typeof wanted === "function" || message === wanted;
  });
}

type Matcher = (...expected: never[]) => void;

function matchersOf(actual: unknown): Record<string, Matcher> {
  const number = actual as number;
  const holds = (condition: boolean, what: string) => assert(condition, `${Deno.inspect(actual)} ${what}`);
  return {
    nothing: () => {},
    toBe: (wanted: unknown) => assertStrictEquals(actual, wanted),
    toEqual: (wanted: unknown) => assertEquals(actual, wanted),
    toBeNull: () => assertStrictEquals(actual, null),
    toBeUndefined: () => assertStrictEquals(actual, undefined),
    toBeDefined: () => holds(actual !== undefined, "is not defined"),
    toBeNaN: () => holds(Number.isNaN(actual), "is a number"),
    toBeTruthy: () => holds(Boolean(actual), "is not true"),
    toBeFalsy: () => holds(!actual, "is not false"),
    toBeGreaterThan: (wanted: number) => holds(number > wanted, `is not greater than ${wanted}`),
    toBeGreaterThanOrEqual: (wanted: number) => holds(number >= wanted, `is less than ${wanted}`),
    toBeLessThan: (wanted: number) => holds(number < wanted, `is not less than ${wanted}`),
    toBeLessThanOrEqual: (wanted: number) => holds(number <= wanted, `is greater than ${wanted}`),
    toBeCloseTo: (wanted: number, digits = 2) => assertAlmostEquals(number, wanted, 10 ** -digits / 2),
    toMatch: (wanted: RegExp) => assertMatch(actual as string, wanted),
    toContain: (wanted: unknown) =>
      holds((actual as unknown[]).includes(wanted), `does not contain ${wanted}`),
    toThrow: () => void assertThrows(actual as () => unknown),
    toThrowError: (...wanted: unknown[]) =>
      holds(matchesError(actual as () => unknown, ...wanted), `does not throw ${wanted.map(String)}`),
  } as Record<string, Matcher>;
}

/** Matchers, and under `not` the same turned round. */
function expect(actual: unknown): object {
  const matchers = matchersOf(actual);
  const not = Object.fromEntries(
    Object.entries(matchers).map(([name, matcher]) => [
      name,
      (...wanted: never[]) =>
        assert(thrown(() => matcher(...wanted)) !== null, `${Deno.inspect(actual)}: not ${name}`),
    ]),
  );
  return { ...matchers, not };
}

/** Runs one spec in a scope of its own; throws what it throws. */
export async function runSpec(spec: Spec): Promise<void> {
  tf.engine().startScope();
  try {
    for (const prepare of spec.before) await prepare();
    if (spec.run.length === 0) await spec.run();
    else await new Promise<void>((resolve) => spec.run(resolve));
  } finally {
    tf.engine().endScope();
    tf.disposeVariables();
  }
}

/** What tfjs-core's tests import from their jasmine_util. */
export const jasmineUtil = {
  describeWithFlags,
  ALL_ENVS: {},
  SYNC_BACKEND_ENVS: { predicate: (environment: { isDataSync: boolean }) => environment.isDataSync },
  NODE_ENVS: { predicate: () => false },
  BROWSER_ENVS: { predicate: () => false },
  CHROME_ENVS: { predicate: () => false },
};

const prepareSuite = (prepare: () => unknown) => suites.at(-1)!.before.push(prepare);

Object.assign(globalThis, {
  describe,
  it,
  fit: it,
  xit: () => {},
  expect,
  jasmine: { DEFAULT_TIMEOUT_INTERVAL: 0 },
  fail: (reason: unknown) => assert(false, String(reason)),
  // Before each spec is often enough for what tfjs-core prepares once.
  beforeAll: prepareSuite,
  beforeEach: prepareSuite,
  afterAll: () => {},
  afterEach: () => {},
});
