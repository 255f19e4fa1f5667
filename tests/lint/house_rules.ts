/** The house's own lint rules: how long a file and a function may be, what a room may import, who decodes images. */
import { relative } from "@std/path";
import { arrowProblem, roomOf } from "./floors.ts";
import { packageSpecifier, resolveImport, ROOT } from "./resolve_import.ts";
import { workerSpecifier } from "./scan_imports.ts";

const FILE_LINES = 400;
const FUNCTION_LINES = 40;
const ANY_FUNCTION = ":matches(FunctionDeclaration, FunctionExpression, ArrowFunctionExpression)";
/** The packages with native decoders, and the one room that hands them bytes. */
const DECODERS = ["sharp", "@napi-rs/image"], DECODING_ROOM = "core/image";

function countLines(text: string): number {
  return text.split("\n").length;
}

const fileLength: Deno.lint.Rule = {
  create(context) {
    return {
      Program(node) {
        const lines = countLines(context.sourceCode.text);
        if (lines > FILE_LINES + 1) {
          context.report({
            node,
            message: `File of ${lines} lines, at most ${FILE_LINES}: give each subject its file`,
          });
        }
      },
    };
  },
};

/** Suites of tests are lists, not functions: `describe` bodies do not count. */
function isSuite(node: Deno.lint.Node): boolean {
  const parent = "parent" in node ? node.parent : undefined;
  return parent?.type === "CallExpression" && parent.callee.type === "Identifier" &&
    parent.callee.name === "describe";
}

const functionLength: Deno.lint.Rule = {
  create(context) {
    return {
      [ANY_FUNCTION](node: Deno.lint.Node) {
        const lines = countLines(context.sourceCode.getText(node));
        if (lines > FUNCTION_LINES && !isSuite(node)) {
          context.report({
            node,
            message: `Function of ${lines} lines, at most ${FUNCTION_LINES}: name its parts`,
          });
        }
      },
    };
  },
};

/** The text of a node, as source or as the value of a literal or of a template without expressions; else null. */
function literalText(node: Deno.lint.Node | undefined): string | null {
  if (node?.type === "Literal") return typeof node.value === "string" ? node.value : null;
  if (node?.type === "TSLiteralType") return literalText(node.literal);
  return node?.type === "TemplateLiteral" && node.quasis.length === 1 ? node.quasis[0]!.cooked : null;
}

type Found = (node: Deno.lint.Node, specifier: string) => void;

/** Calls `found` for every module that a file names: what `scanImports` finds, by Deno's parser. */
export function importVisitor(context: Deno.lint.RuleContext, found: Found): Deno.lint.LintVisitor {
  const source = (node: Deno.lint.Node, name: Deno.lint.Node | null | undefined) => {
    const specifier = literalText(name ?? undefined);
    if (specifier !== null) found(node, specifier);
  };
  return {
    ImportDeclaration: (node) => source(node, node.source),
    ExportNamedDeclaration: (node) => source(node, node.source),
    ExportAllDeclaration: (node) => source(node, node.source),
    ImportExpression: (node) => source(node, node.source),
    TSImportType: (node) => source(node, node.argument),
    CallExpression(node) {
      const callee = context.sourceCode.getText(node.callee);
      if (callee === "import.meta.resolve") source(node, node.arguments[0]);
    },
    NewExpression(node) {
      const [callee, base] = [node.callee, node.arguments[1]]
        .map((part) => part && context.sourceCode.getText(part));
      const url = literalText(node.arguments[0]);
      const specifier = url === null ? null : workerSpecifier(url);
      if (callee === "URL" && base === "import.meta.url" && specifier !== null) found(node, specifier);
    },
  };
}

/** The file that is linted, relative to the project. */
function fileOf(context: Deno.lint.RuleContext): string {
  return relative(ROOT, context.filename);
}

const arrowsDown: Deno.lint.Rule = {
  create(context) {
    const file = fileOf(context);
    return importVisitor(context, (node, specifier) => {
      const target = resolveImport(file, specifier);
      const problem = target === null ? null : arrowProblem(file, target);
      if (problem !== null) context.report({ node, message: `Import of "${specifier}": ${problem}` });
    });
  },
};

const oneDecodingRoom: Deno.lint.Rule = {
  create(context) {
    const room = roomOf(fileOf(context));
    return importVisitor(context, (node, specifier) => {
      const name = packageSpecifier(specifier);
      const decoder = DECODERS.find((decoder) => name === decoder || name.startsWith(`${decoder}/`));
      if (decoder && room !== null && room !== DECODING_ROOM) {
        context.report({
          node,
          message: `Only ${DECODING_ROOM} imports ${decoder}: read images through core/image/decode.ts`,
        });
      }
    });
  },
};

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "file-length": fileLength,
    "function-length": functionLength,
    "arrows-down": arrowsDown,
    "one-decoding-room": oneDecodingRoom,
  },
};
export default plugin;
