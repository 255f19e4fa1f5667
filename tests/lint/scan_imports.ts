/**
 * Finds the modules that a TypeScript source names. A scan of our own, because a script has no parser at hand that needs
 * neither another package nor `--allow-run` (`deno info` also leaves out workers); a test holds it against Deno's parser
 * on every file of the project.
 */

/** A module that a source names. */
export interface FoundImport {
  readonly specifier: string;
  /** Counted from 1. */
  readonly line: number;
}

interface Token {
  readonly kind: "word" | "text" | "mark";
  /** The content of a text without its quotes. */
  readonly value: string;
  /** Where it ends in the source. */
  readonly end: number;
}

const BLANK = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
const WORD = /\d[\w.]*|[\p{ID_Continue}$#@]+/uy;
const TEXT = /"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'/y;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/y;
/** Text of a template, to its end or to the next `${`. */
const TEMPLATE = /((?:\\[^]|\$(?!\{)|[^`\\$])*)(`|\$\{)/y;
const MARK = /\+\+|--|[^]/uy;

/** Words after which a slash begins a regular expression. */
const OPERATORS = new Set("return typeof case in of new delete void throw else do await yield".split(" "));
/** Marks that may stand before or behind a value, and leave open which. */
const EITHER_SIDE = new Set(["!", "++", "--"]);

/** Whether a slash behind the token divides; `before` is the answer for the token before it. */
function endsValue({ kind, value }: Token, before: boolean): boolean {
  if (kind === "word") return !OPERATORS.has(value);
  if (kind === "text") return true;
  return EITHER_SIDE.has(value) ? before : [")", "]", "}"].includes(value);
}

/** Words, texts and marks of a source, without comments, regular expressions and templates that hold expressions. */
class Scanner {
  readonly tokens: Token[] = [];
  readonly #source: string;
  #position = 0;
  #divides = false;
  /** For each open template: braces that are open in its expression. */
  readonly #templates: number[] = [];

  constructor(source: string) {
    this.#source = source;
    for (this.#take(BLANK); this.#position < source.length; this.#take(BLANK)) this.#next();
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#source);
    if (match) this.#position = pattern.lastIndex;
    return match;
  }

  #add(kind: Token["kind"], value: string): void {
    const token = { kind, value, end: this.#position };
    this.#divides = endsValue(token, this.#divides);
    this.tokens.push(token);
  }

  #next(): void {
    const text = this.#take(TEXT);
    if (text) return this.#add("text", text[1] ?? text[2]!);
    const word = this.#take(WORD);
    if (word) return this.#add("word", word[0]);
    if (!this.#divides && this.#take(REGEX)) {
      this.#divides = true;
      return;
    }
    this.#mark(this.#take(MARK)![0]);
  }

  #mark(mark: string): void {
    if (mark === "`") return this.#template(true);
    const last = this.#templates.length - 1;
    if (last >= 0 && mark === "}" && this.#templates[last] === 0) {
      this.#templates.pop();
      return this.#template(false);
    }
    if (last >= 0 && mark === "{") this.#templates[last]!++;
    if (last >= 0 && mark === "}") this.#templates[last]!--;
    this.#add("mark", mark);
  }

  /** The text of a template from its beginning or from behind an expression on. */
  #template(begins: boolean): void {
    const [, text, end] = this.#take(TEMPLATE) ?? [];
    if (end === "${") this.#templates.push(0);
    if (end === "${") this.#divides = false;
    else if (begins && text !== undefined) this.#add("text", text);
    else this.#divides = true;
  }
}

/** Whether the tokens from an index on have these values; `null` stands for any text. */
function matches(tokens: readonly Token[], start: number, expected: readonly (string | null)[]): boolean {
  return expected.every((value, index) => {
    const token = tokens[start + index];
    return token !== undefined && (value === null ? token.kind === "text" : token.value === value);
  });
}

/** What names a module, and where the name is in it. */
const FORMS: readonly { readonly tokens: readonly (string | null)[]; readonly text: number }[] = [
  { tokens: ["import", null], text: 1 },
  { tokens: ["from", null], text: 1 },
  { tokens: ["import", "(", null], text: 2 },
  { tokens: ["import", ".", "meta", ".", "resolve", "(", null], text: 6 },
  { tokens: ["new", "URL", "(", null, ",", "import", ".", "meta", ".", "url"], text: 3 },
];

/** The specifier of `new URL("worker.ts", import.meta.url)` as an import would write it; null when it is no module. */
export function workerSpecifier(url: string): string | null {
  if (!/\.[cm]?[jt]sx?$/.test(url)) return null;
  return /^(\.|\/|\w+:)/.test(url) ? url : `./${url}`;
}

/**
 * The modules that a TypeScript source names, in order: by import and export declarations, type imports, `import()` of
 * a literal, `import.meta.resolve` and the `new URL("./worker.ts", import.meta.url)` of workers.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(scanImports(`// import "a"\nexport * from "./b.ts";`), [{ specifier: "./b.ts", line: 2 }]);
 * ```
 */
export function scanImports(source: string): FoundImport[] {
  const { tokens } = new Scanner(source);
  return tokens.flatMap((_, start) => {
    const form = FORMS.find((form) => matches(tokens, start, form.tokens));
    if (!form || tokens[start - 1]?.value === ".") return [];
    const { value, end } = tokens[start + form.text]!;
    const specifier = form.tokens[0] === "new" ? workerSpecifier(value) : value;
    return specifier === null ? [] : [{ specifier, line: source.slice(0, end).split("\n").length }];
  });
}
