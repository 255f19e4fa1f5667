import { readFile } from "../base/read_file.ts";
import { decodeImage } from "../image/decode.ts";
import { encodeJpeg } from "../image/encode.ts";
import { unreadableReason } from "../base/system_error.ts";
import type { Pixels } from "../base/pixels.ts";
import { isDataProblem } from "../base/problem.ts";

import { htmlPage, htmlTable, paragraph, section } from "../report/page.ts";
import { element, escapeText } from "../report/svg.ts";
import type { DuplicateGroup, MemberLink } from "./group_duplicates.ts";
import type { LabelledPicture } from "./labelled_pictures.ts";
import { resizeLanczos } from "../hash/lanczos.ts";
import type { Leak } from "./link_leaks.ts";
import { type DuplicateFindings, type LeaksByHash, reportedGroups } from "./report.ts";
import type { HashRecord } from "../scan/record.ts";

/** Longer side of a thumbnail in pixels. */
const SIDE = 128;
/** Groups or pairs shown for each hash; the JSON report has all. */
const SHOWN = 200;
/** Pictures shown of one group. */
const MEMBERS_SHOWN = 12;

/** Names that the page shows for classes and channels. */
export interface GalleryOptions {
  readonly classes: readonly string[];
  readonly channels: readonly string[];
}

function planeOf({ data, width, height, channels }: Pixels, channel: number): Pixels {
  const plane = new Uint8Array(width * height);
  for (let i = 0; i < plane.length; i++) plane[i] = data[i * channels + channel]!;
  return { data: plane, width, height, channels: 1 };
}

function shrink(pixels: Pixels): Pixels {
  const scale = Math.min(1, SIDE / Math.max(pixels.width, pixels.height));
  const width = Math.max(1, Math.round(pixels.width * scale));
  const height = Math.max(1, Math.round(pixels.height * scale));
  const planes = Array.from(
    { length: pixels.channels },
    (_, channel) => resizeLanczos(planeOf(pixels, channel), { width, height }),
  );
  const data = new Uint8Array(width * height * planes.length);
  for (const [channel, plane] of planes.entries()) {
    for (let i = 0; i < plane.length; i++) data[i * planes.length + channel] = plane[i]!;
  }
  return { data, width, height, channels: planes.length };
}

/** What the hash saw: one channel in gray, or the picture in colour where it was hashed as a whole. */
async function readShown(record: HashRecord): Promise<Pixels> {
  const bytes = await readFile(record.file, "image");
  if (record.whole && record.channel !== null) return await decodeImage(bytes, { channels: 1 });
  if (record.channel === null) return await decodeImage(bytes, { channels: 3 });
  return planeOf(await decodeImage(bytes), record.channel);
}

async function thumbnail(record: HashRecord, caption: readonly string[]): Promise<string> {
  const lines = caption.map(escapeText).join("<br>");
  const figcaption = element("figcaption", {}, [lines]);
  try {
    const jpeg = await encodeJpeg(shrink(await readShown(record)), { quality: 80 });
    const src = `data:image/jpeg;base64,${jpeg.toBase64()}`;
    return element("figure", {}, [element("img", { src, alt: record.id, loading: "lazy" }), figcaption]);
  } catch (error) {
    if (!isDataProblem(error) && unreadableReason(error) === null) throw error;
    return element("figure", {}, [element("p", { class: "soft" }, ["no longer readable"]), figcaption]);
  }
}

function labelText(labels: readonly number[], { classes }: GalleryOptions): string {
  return labels.length === 0 ? "no label" : labels.map((label) => `${label} ${classes[label]}`).join(", ");
}

function linkText(link: Omit<MemberLink, "a" | "b">): string {
  const words = { same_pixels: "same pixels", same_structure: "same structure", hash_only: "hash only" };
  const correlation = link.tier === "same_pixels" ? "" : `, correlation ${link.correlation.toFixed(3)}`;
  return `${words[link.tier]}, ${bitsText(link.distance)}${correlation}`;
}

async function memberFigure(
  member: LabelledPicture,
  group: DuplicateGroup,
  options: GalleryOptions,
): Promise<string> {
  const link = group.links.find(({ b }) => b === member) ?? group.links.find(({ a }) => a === member);
  const { width, height } = member.picture.primary;
  return await thumbnail(member.picture.primary, [
    `${member.row.source}/${member.row.id}`,
    `${width} x ${height}`,
    labelText(member.row.labels, options),
    ...(link ? [`${linkText(link)} to ${link.b === member ? link.a.row.id : link.b.row.id}`] : []),
  ]);
}

async function groupFigures(group: DuplicateGroup, options: GalleryOptions): Promise<string> {
  const figures: string[] = [];
  for (const member of group.members.slice(0, MEMBERS_SHOWN)) {
    figures.push(await memberFigure(member, group, options));
  }
  const more = group.members.length - MEMBERS_SHOWN;
  const spread = group.diameter === 0 ? "same hash" : `at most ${bitsText(group.diameter)} apart`;
  const title = `${group.members.length} pictures, ${spread}` +
    (group.conflict ? `; labels disagree, the group gets ${labelText(group.labels, options)}` : "") +
    (more > 0 ? `; ${more} more` : "");
  return card(title, figures, group.conflict);
}

/** Groups stand side by side as cards; thumbnails are shown whole, unlike the pairs of other reports. */
const STYLE = element("style", {}, [
  `body { max-width: 90rem; } .cards { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.card { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; }
.card h3 { font-size: .85rem; margin: 0 0 .6rem; max-width: 28rem; } .card.conflict { border-color: var(--second); }
.card .pictures { display: flex; flex-wrap: wrap; gap: .7rem; } .card figure { margin: 0; width: 9rem; }
.card .pictures img { width: 9rem; image-rendering: auto; } .card figcaption { overflow-wrap: anywhere; }`,
]);

function card(title: string, figures: readonly string[], conflict: boolean): string {
  const pictures = element("div", { class: "pictures" }, figures);
  const heading = element("h3", {}, [escapeText(title)]);
  return element("div", { class: conflict ? "card conflict" : "card" }, [heading, pictures]);
}

function bitsText(bits: number): string {
  return bits === 1 ? "1 bit" : `${bits} bits`;
}

function brokenSection(broken: DuplicateFindings["broken"]): string[] {
  if (broken.length === 0) return [];
  return [section("Pictures that cannot be read", [
    htmlTable(["file", "reason"], broken.slice(0, SHOWN).map(({ file, reason }) => [file, reason])),
  ])];
}

function surveySections({ survey, coverage }: DuplicateFindings): string[] {
  const lists: [string, readonly { file: string; about: string }[]][] = [
    ["Blank pictures", survey.blank],
    ["Dark pictures", survey.dark],
    ["Pictures of an odd size", survey.oddSized],
    ["Oversized pictures", survey.oversized],
    ["Files of an unusual kind", survey.unusual],
  ];
  const sections = lists.filter(([, rows]) => rows.length > 0).map(([title, rows]) =>
    section(`${title}: ${rows.length}`, [
      htmlTable(["file", "what"], rows.slice(0, SHOWN).map(({ file, about }) => [file, about])),
    ])
  );
  const ids: [string, readonly string[]][] = [
    ["Pictures without labels", coverage.unlabelled],
    ["Labelled ids without a picture", coverage.missing],
  ];
  return [
    ...sections,
    ...ids.filter(([, list]) => list.length > 0).map(([title, list]) =>
      section(`${title}: ${list.length}`, [paragraph(list.slice(0, SHOWN).join(", "), "soft")])
    ),
  ];
}

/** duplicates.report.html: groups as rows of thumbnails, then what else is worth a look. */
export async function duplicateGallery(
  findings: DuplicateFindings,
  options: GalleryOptions,
): Promise<string> {
  const body: string[] = [STYLE, element("h1", {}, ["Duplicate images"])];
  body.push(htmlTable(
    ["hash", "groups of several", "pictures in these", "labels disagree"],
    findings.byHash.map((duplicates) => {
      const groups = reportedGroups(duplicates);
      const members = groups.reduce((sum, group) => sum + group.members.length, 0);
      return [duplicates.hash, groups.length, members, groups.filter((group) => group.conflict).length];
    }),
  ));
  for (const duplicates of findings.byHash) {
    const groups = reportedGroups(duplicates), figures: string[] = [];
    for (const group of groups.slice(0, SHOWN)) figures.push(await groupFigures(group, options));
    const more = groups.length > SHOWN
      ? [paragraph(`${groups.length - SHOWN} more groups in the JSON report`, "soft")]
      : [];
    body.push(
      section(`Groups by ${duplicates.hash}`, [element("div", { class: "cards" }, figures), ...more]),
    );
  }
  return htmlPage("Duplicate images", [
    ...body,
    ...brokenSection(findings.broken),
    ...surveySections(findings),
  ]);
}

async function leakFigures(leak: Leak, options: GalleryOptions): Promise<string> {
  const { primary, source, id } = leak.picture;
  const figures = [await thumbnail(primary, [`${source}/${id}`, `gets ${labelText(leak.labels, options)}`])];
  for (const found of leak.sources.slice(0, MEMBERS_SHOWN - 1)) {
    const { row, picture } = found.source;
    figures.push(
      await thumbnail(picture.primary, [
        `${row.source}/${row.id}`,
        labelText(row.labels, options),
        linkText(found),
      ]),
    );
  }
  const title = leak.conflict ? `${id}: the sources' labels disagree` : id;
  return card(title, figures, leak.conflict);
}

/** data_leak.report.html: each leaked picture beside those it looks like. */
export async function leakGallery(
  title: string,
  all: readonly LeaksByHash[],
  options: GalleryOptions,
): Promise<string> {
  const body: string[] = [STYLE, element("h1", {}, [escapeText(title)])];
  for (const { hash, leaks } of all) {
    const figures: string[] = [];
    for (const leak of leaks.slice(0, SHOWN)) figures.push(await leakFigures(leak, options));
    const more = leaks.length > SHOWN
      ? [paragraph(`${leaks.length - SHOWN} more in the JSON report`, "soft")]
      : [];
    body.push(section(`By ${hash}: ${leaks.length}`, [element("div", { class: "cards" }, figures), ...more]));
  }
  return htmlPage(title, body);
}
