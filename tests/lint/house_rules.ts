/** The house's own lint rules: how long a file and a function may be, and what core may import. */

const FILE_LINES = 400;
const FUNCTION_LINES = 40;
const ANY_FUNCTION = ":matches(FunctionDeclaration, FunctionExpression, ArrowFunctionExpression)";

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

const arrowsDown: Deno.lint.Rule = {
  create(context) {
    const inside = (folder: string) => context.filename.includes(`/${folder}/`);
    const forbidden = inside("core") ? /\/(plugins|tasks)\// : inside("plugins") ? /\/tasks\// : null;
    return {
      ImportDeclaration(node) {
        const from = String(node.source.value);
        if (forbidden?.test(from) && from.startsWith(".") && !inside("tests")) {
          context.report({
            node,
            message: `Import of "${from}" points up: tasks -> core -> contracts, plugins -> core`,
          });
        }
        const decoder = from === "sharp" || from === "@napi-rs/image";
        if (decoder && !inside("core/image") && !inside("tests")) {
          context.report({ node, message: `Only core/image imports ${from}` });
        }
      },
    };
  },
};

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: { "file-length": fileLength, "function-length": functionLength, "arrows-down": arrowsDown },
};
export default plugin;
