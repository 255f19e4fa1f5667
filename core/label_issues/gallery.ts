import { isDataProblem } from "../base/problem.ts";
import { faultOfFile } from "../base/system_error.ts";
import { thumbnailUrl } from "../duplicates/page/thumbnails.ts";
import { readExamplePixels } from "../image/decode.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { toRgb } from "../image/rgb.ts";
import type { Layout } from "../plugin/contracts.ts";
import { htmlPage, htmlTable, paragraph, section } from "../report/page.ts";
import { element, escapeText } from "../report/svg.ts";
import type { FoundIssues, LabelIssue } from "./label_issue.ts";

/** Pictures shown; the CSV file has all. */
const SHOWN = 200;
/** Probabilities shown of a picture, the highest, beside those of its labels in doubt. */
const PROBABILITIES_SHOWN = 3;

/** Where the pictures are, and how they are read. */
export interface GallerySource {
  readonly layout: Layout;
  readonly decoders: readonly ImageDecoder[];
}

const STYLE = element("style", {}, [
  `body { max-width: 90rem; } th, td { overflow-wrap: anywhere; } ol.issues { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
  gap: 1rem; padding: 0; list-style: none; }
ol.issues li { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; overflow-wrap: anywhere; }
ol.issues h3 { font-size: .85rem; margin: 0 0 .6rem; } ol.issues img { width: 8rem; background: #000; }
ol.issues dl { font-size: .85rem; margin: .4rem 0 0; display: grid; grid-template-columns: max-content 1fr; gap: 0 .6rem; }
ol.issues dt { color: var(--soft); } ol.issues dd { margin: 0; }`,
]);

/** The picture as a data URL; null when its files are gone or cannot be read. */
async function pictureUrl(
  { id, source }: LabelIssue,
  { layout, decoders }: GallerySource,
): Promise<string | null> {
  try {
    const files = await layout.filesOf(id, source);
    const pixels = await readExamplePixels(files, { channels: layout.channels.length, depth: 8, decoders });
    return await thumbnailUrl(toRgb(pixels));
  } catch (error) {
    if (!isDataProblem(error) && faultOfFile(error) === null) throw error;
    return null;
  }
}

function names(labels: readonly number[], classes: readonly string[]): string {
  return labels.length === 0 ? "no label" : labels.map((label) => `${label} ${classes[label]}`).join(", ");
}

/** Probabilities of the labels in doubt and the highest ones, from high to low. */
function probabilityText(
  { doubted, probabilities }: LabelIssue,
  classes: readonly string[],
): string {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!);
  const shown = order.filter((c, place) => place < PROBABILITIES_SHOWN || doubted.includes(c));
  return shown.map((c) => `${classes[c]} ${probabilities[c]!.toFixed(3)}`).join(", ");
}

async function card(
  issue: LabelIssue,
  rank: number,
  { source, classes }: { readonly source: GallerySource; readonly classes: readonly string[] },
): Promise<string> {
  const src = await pictureUrl(issue, source);
  const picture = src === null
    ? paragraph("cannot be read", "soft")
    : element("img", { src, alt: `Image ${issue.id}`, loading: "lazy" });
  const facts = [
    ["given", names(issue.given, classes)],
    ["suggested", names(issue.suggested, classes)],
    ["probability", probabilityText(issue, classes)],
    ["score", issue.score.toFixed(4)],
  ].map(([term, text]) => element("dt", {}, [term!]) + element("dd", {}, [escapeText(text!)]));
  const title = element("h3", {}, [escapeText(`${rank}. ${issue.id}`)]);
  return element("li", {}, [title, picture, element("dl", {}, facts)]);
}

/** For each class that has images or is in doubt: images, labels given wrongly, labels missing. */
function classRows({ issues, classes, support }: FoundIssues): (string | number)[][] {
  const rows = classes.map((name, c) => {
    const given = issues.filter((issue) => issue.doubted.includes(c) && issue.given.includes(c)).length;
    const missing = issues.filter(({ suggested, given }) =>
      suggested.includes(c) && !given.includes(c)
    ).length;
    return [`${c} ${name}`, support[c]!, given, missing];
  });
  return rows.filter(([, images, given, missing]) => images !== 0 || given !== 0 || missing !== 0);
}

/** label_issues.html: the images whose labels are probably wrong, worst first. */
export async function issueGallery(
  found: FoundIssues,
  source: GallerySource,
): Promise<string> {
  const { issues, images, classes } = found, cards: string[] = [];
  for (const [index, issue] of issues.slice(0, SHOWN).entries()) {
    cards.push(await card(issue, index + 1, { source, classes }));
  }
  const share =
    `${issues.length} of ${images} images have labels that are probably wrong. No label was changed.`;
  const more = issues.length - SHOWN;
  return htmlPage("Label issues", [
    STYLE,
    element("h1", {}, ["Label issues"]),
    paragraph(share),
    section("Classes", [
      htmlTable(["class", "images", "probably wrong", "probably missing"], classRows(found)),
    ]),
    section("Images, worst first", [
      element("ol", { class: "issues" }, cards),
      ...(more > 0 ? [paragraph(`${more} more in label_issues.csv`, "soft")] : []),
    ]),
  ]);
}
