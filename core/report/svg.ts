/** Attributes of an element; undefined ones are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * A text safe inside HTML and SVG, in elements and in quoted attributes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(escapeText('<a href="x">&'), "&lt;a href=&quot;x&quot;&gt;&amp;");
 * ```
 */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}

/** Two digits after the point are finer than any screen. */
function attributeText(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : escapeText(value);
}

/**
 * An element as text. Children are taken as they are: text goes through {@link escapeText} first.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(element("circle", { r: 1.234, fill: undefined }), '<circle r="1.23"></circle>');
 * assertEquals(element("g", {}, [element("path", { d: "M0 0" })]), '<g><path d="M0 0"></path></g>');
 * ```
 */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${attributeText(value)}"`]));
  return `<${name}${written.join("")}>${children.join("")}</${name}>`;
}

/** A text element. */
export function label(text: string, attributes: Attributes): string {
  return element("text", attributes, [escapeText(text)]);
}

/** What a browser shows while the pointer rests on an element. */
export function hint(text: string): string {
  return element("title", {}, [escapeText(text)]);
}
