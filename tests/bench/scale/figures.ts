import figures from "./figures.json" with { type: "json" };

/** Figures that the simulation is made from: what was measured, what is published, and what is assumed. */
export type Figures = typeof figures;

/** Those of figures.json. */
export const FIGURES: Figures = figures;
