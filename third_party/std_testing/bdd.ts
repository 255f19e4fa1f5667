/** `describe` and `it` over Deno.test: one test per outermost `describe`, one step per `it`. */
type Body = (context: Deno.TestContext) => void | Promise<void>;
interface Suite {
  name: string;
  ignore: boolean;
  before: Body[];
  after: Body[];
  beforeEach: Body[];
  afterEach: Body[];
  entries: (Suite | { name: string; ignore: boolean; run: Body })[];
}
let current: Suite | undefined;

async function runSuite(suite: Suite, context: Deno.TestContext, outer: { before: Body[]; after: Body[] }) {
  const before = [...outer.before, ...suite.beforeEach];
  const after = [...suite.afterEach, ...outer.after];
  for (const hook of suite.before) await hook(context);
  try {
    for (const entry of suite.entries) {
      await context.step({
        name: entry.name,
        ignore: entry.ignore,
        fn: async (step) => {
          if ("entries" in entry) return runSuite(entry, step, { before, after });
          for (const hook of before) await hook(step);
          try {
            await entry.run(step);
          } finally {
            for (const hook of after) await hook(step);
          }
        },
      });
    }
  } finally {
    for (const hook of suite.after) await hook(context);
  }
}

function addSuite(name: string, define: () => void, ignore: boolean): void {
  const outer = current;
  const suite: Suite = { name, ignore, before: [], after: [], beforeEach: [], afterEach: [], entries: [] };
  current = suite;
  try {
    define();
  } finally {
    current = outer;
  }
  if (outer) outer.entries.push(suite);
  else Deno.test({ name, ignore, fn: (context) => runSuite(suite, context, { before: [], after: [] }) });
}

function addTest(name: string, run: Body, ignore: boolean): void {
  if (current) current.entries.push({ name, ignore, run });
  else Deno.test({ name, ignore, fn: run });
}

function within(kind: "before" | "after" | "beforeEach" | "afterEach", hook: Body): void {
  if (!current) throw new Error(`Cannot add ${kind}() outside describe()`);
  current[kind].push(hook);
}

/** A group of tests. */
export function describe(name: string, define: () => void): void {
  addSuite(name, define, false);
}
describe.ignore = (name: string, define: () => void): void => addSuite(name, define, true);
/** One test. */
export function it(name: string, run: Body): void {
  addTest(name, run, false);
}
it.ignore = (name: string, run: Body): void => addTest(name, run, true);
export const beforeAll = (hook: Body): void => within("before", hook);
export const afterAll = (hook: Body): void => within("after", hook);
export const beforeEach = (hook: Body): void => within("beforeEach", hook);
export const afterEach = (hook: Body): void => within("afterEach", hook);
