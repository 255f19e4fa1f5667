import { pointChart } from "../report/charts.ts";
import { htmlPage, htmlTable, paragraph } from "../report/page.ts";
import type { RateFound } from "./find_rate.ts";

/** Self-contained HTML page that plots the loss over the learning rate and lists the suggestions. */
export function ratePage(title: string, found: RateFound): string {
  const hint = (rate: number, loss: number) => `rate ${rate.toExponential(2)}\nloss ${loss.toFixed(4)}`;
  const series = (name: string, style: string, value: "loss" | "smooth") => ({
    name,
    style,
    points: found.points.map((point) => ({
      x: Math.log10(point.rate),
      y: point[value],
      hint: hint(point.rate, point[value]),
    })),
  });
  const chosen = found.points.filter(({ rate }) => rate === found.valley || rate === found.steepest);
  return htmlPage(title, [
    `<h1>${title.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</h1>`,
    paragraph("One update per point, each with a higher learning rate, until the loss explodes.", "soft"),
    pointChart({
      x: "log10 of the learning rate",
      y: "loss",
      series: [
        series("loss", "second", "loss"),
        series("running mean", "first", "smooth"),
        {
          name: "suggestions",
          style: "third",
          points: chosen.map(({ rate, smooth }) => ({
            x: Math.log10(rate),
            y: smooth,
            hint: hint(rate, smooth),
          })),
        },
      ],
    }),
    htmlTable(["suggestion", "learning rate"], [
      ["valley: middle of the longest fall", found.valley.toExponential(2)],
      ["steepest fall", found.steepest.toExponential(2)],
    ]),
  ]);
}
