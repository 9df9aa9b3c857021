/* Palettes, and families: one design in several metals or levels. */

export const PALETTES = {
  navy: { main: "#1d4e89", deep: "#0f2f57", accent: "#e0ad4f", light: "#ffffff", ink: "#14213d" },
  forest: { main: "#1f6b4a", deep: "#0f4030", accent: "#e3c76b", light: "#fbfaf2", ink: "#10291f" },
  burgundy: { main: "#8c2752", deep: "#571532", accent: "#f0c987", light: "#fffaf3", ink: "#2c0d1c" },
  violet: { main: "#5b3f9e", deep: "#35226b", accent: "#f2b872", light: "#ffffff", ink: "#1f1440" },
  teal: { main: "#0f7173", deep: "#074649", accent: "#f4c86a", light: "#f7fdfc", ink: "#062e30" },
  slate: { main: "#3d4b5f", deep: "#222d3d", accent: "#8fd3c8", light: "#ffffff", ink: "#141b26" },
  ember: { main: "#b5432a", deep: "#782613", accent: "#f8d58b", light: "#fffaf2", ink: "#3b1208" },
  ink: { main: "#2b2b33", deep: "#131318", accent: "#f2c14e", light: "#ffffff", ink: "#131318" },
  bronze: { main: "#74431b", deep: "#4c2a0e", accent: "#e9bf8f", light: "#fff7ec", ink: "#3a1f0a" },
  silver: { main: "#525d6b", deep: "#353f4b", accent: "#d5dce4", light: "#ffffff", ink: "#232b35" },
  gold: { main: "#735507", deep: "#4d3802", accent: "#f7d774", light: "#fffbea", ink: "#3d2c00" },
};
export const METALS = ["bronze", "silver", "gold"];

export const recoloured = (design, palette) => ({ ...design, palette: { ...PALETTES[palette] } });

/** The design in bronze, silver and gold; its level marks count 1, 2, 3: [{level, design}]. */
export const family = (design) =>
  METALS.map((level, place) => ({ level, design: counting(recoloured(design, level), place + 1, METALS.length) }));

function counting(design, count, total) {
  const layers = design.layers.map((layer) =>
    layer.kind === "marks" ? { ...layer, count, total: Math.max(total, layer.total) } : layer,
  );
  return { ...design, layers };
}
