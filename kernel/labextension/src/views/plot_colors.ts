/** The colours of curves: the theme's first, then those that all people can tell apart. */

const OTHERS = [
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#d55e00',
  '#56b4e9',
  '#8c6bb1',
  '#b2912f'
];

/** Return a colour for each name, as `#rrggbb`. */
export function curveColors(
  first: string,
  names: readonly string[]
): Map<string, string> {
  const colors = [/^#[0-9a-f]{6}$/i.test(first) ? first : '#1976d2', ...OTHERS];
  return new Map(names.map((name, n) => [name, colors[n % colors.length]!]));
}
