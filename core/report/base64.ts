/**
 * Bytes as base64, for pictures inside a page.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(encodeBase64(new TextEncoder().encode("Podium")), "UG9kaXVt");
 * ```
 */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  const chunk = 8192;
  for (let start = 0; start < bytes.length; start += chunk) {
    text += String.fromCharCode(...bytes.subarray(start, start + chunk));
  }
  return btoa(text);
}
