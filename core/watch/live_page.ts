/** Milliseconds between two looks of a page at its run. */
const LOOK = 2000;

/** Runs in the browser: puts a newer page's content in place of the shown one. Nothing leaves the server's own address. */
const SCRIPT = `
const state = document.getElementById("live");
let tag = document.currentScript.dataset.tag;
async function look() {
  const answer = await fetch(location.pathname, { cache: "no-store", headers: { "if-none-match": tag } });
  if (answer.status === 304) return "live";
  if (!answer.ok) return "the run is not there any more";
  tag = answer.headers.get("etag");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const open = [...document.querySelectorAll("details")].map((part) => part.open);
  document.querySelector("main").replaceWith(page.querySelector("main"));
  document.querySelectorAll("details").forEach((part, index) => part.open = open[index] === true);
  document.title = page.title;
  return "live";
}
async function keepLooking() {
  const words = await look().catch(() => "no connection: is the task still running?");
  if (state.textContent !== words) state.textContent = words;
  setTimeout(keepLooking, ${LOOK});
}
setTimeout(keepLooking, ${LOOK});
`;

/**
 * A page that keeps itself up to date.
 *
 * @param page a whole page with one `main`
 * @param tag what tells this state of the page from others
 * @param nonce what the content security policy allows this one script by
 */
export function livePage(page: string, { tag, nonce }: { tag: string; nonce: string }): string {
  const words = '<p role="status" class="soft" id="live">live</p>';
  const script = `<script nonce="${nonce}" data-tag='${tag}'>${SCRIPT}</script>`;
  return page.replace(/<\/body>\s*<\/html>\s*$/, () => `${words}\n${script}\n</body></html>\n`);
}
