import { isNumeric } from "../../layout/labels.ts";
import type { TargetKind } from "../../plugin/contracts.ts";
import { htmlPage, htmlTable, paragraph, section } from "../../report/page.ts";
import { element, escapeText } from "../../report/svg.ts";
import type { DuplicateGroup, MemberLink } from "../group_duplicates.ts";
import type { LabelledPicture } from "../labelled_pictures.ts";
import type { Leak } from "../link_leaks.ts";
import { type DuplicateFindings, type LeaksByHash, reportedGroups } from "../report.ts";
import type { HashRecord } from "../../scan/record.ts";
import type { ImageDecoder } from "../../image/decoders/image_decoder.ts";
import { Thumbnails } from "./thumbnails.ts";

/** Groups or pairs shown for each hash; the JSON report has all. */
const SHOWN = 200;
/** Pictures shown of one group. */
const MEMBERS_SHOWN = 12;

/** Names that the page shows for classes and channels. */
export interface GalleryOptions {
  readonly classes: readonly string[];
  readonly target: TargetKind;
  readonly channels: readonly string[];
  /** Decoders of further formats. */
  readonly decoders?: readonly ImageDecoder[];
}

/** What the figures of a page are made with. */
interface GalleryPage extends GalleryOptions {
  readonly thumbnails: Thumbnails;
}

async function figure(record: HashRecord, caption: readonly string[], page: GalleryPage): Promise<string> {
  const figcaption = element("figcaption", {}, [caption.map(escapeText).join("<br>")]);
  const src = await page.thumbnails.of(record);
  const shown = src === null
    ? element("p", { class: "soft" }, ["no longer readable"])
    : element("img", { src, alt: record.id, loading: "lazy" });
  return element("figure", {}, [shown, figcaption]);
}

function labelText(labels: readonly number[], { classes, target }: GalleryOptions): string {
  if (isNumeric(target)) return labels.map((value, column) => `${classes[column]} ${value}`).join(", ");
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
  page: GalleryPage,
): Promise<string> {
  const link = group.links.find(({ b }) => b === member) ?? group.links.find(({ a }) => a === member);
  const { width, height } = member.picture.primary;
  const caption = [
    `${member.row.source}/${member.row.id}`,
    `${width} x ${height}`,
    labelText(member.row.labels, page),
    ...(link ? [`${linkText(link)} to ${link.b === member ? link.a.row.id : link.b.row.id}`] : []),
  ];
  return await figure(member.picture.primary, caption, page);
}

async function groupFigures(group: DuplicateGroup, page: GalleryPage): Promise<string> {
  const figures: string[] = [];
  for (const member of group.members.slice(0, MEMBERS_SHOWN)) {
    figures.push(await memberFigure(member, group, page));
  }
  const more = group.members.length - MEMBERS_SHOWN;
  const spread = group.diameter === 0 ? "same hash" : `at most ${bitsText(group.diameter)} apart`;
  const title = `${group.members.length} pictures, ${spread}` +
    (group.conflict ? `; labels disagree, the group gets ${labelText(group.labels, page)}` : "") +
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
  const page = { ...options, thumbnails: new Thumbnails(options.decoders) };
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
    for (const group of groups.slice(0, SHOWN)) figures.push(await groupFigures(group, page));
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

async function leakFigures(leak: Leak, page: GalleryPage): Promise<string> {
  const { primary, source, id } = leak.picture;
  const figures = [await figure(primary, [`${source}/${id}`, `gets ${labelText(leak.labels, page)}`], page)];
  for (const found of leak.sources.slice(0, MEMBERS_SHOWN - 1)) {
    const { row, picture } = found.source;
    const caption = [`${row.source}/${row.id}`, labelText(row.labels, page), linkText(found)];
    figures.push(await figure(picture.primary, caption, page));
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
  const page = { ...options, thumbnails: new Thumbnails(options.decoders) };
  const body: string[] = [STYLE, element("h1", {}, [escapeText(title)])];
  for (const { hash, leaks } of all) {
    const figures: string[] = [];
    for (const leak of leaks.slice(0, SHOWN)) figures.push(await leakFigures(leak, page));
    const more = leaks.length > SHOWN
      ? [paragraph(`${leaks.length - SHOWN} more in the JSON report`, "soft")]
      : [];
    body.push(section(`By ${hash}: ${leaks.length}`, [element("div", { class: "cards" }, figures), ...more]));
  }
  return htmlPage(title, body);
}
