/** A number for people: `1,240`; below ten with one decimal where it has any. */
export function told(value: number): string {
  const rounded = Math.abs(value) < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  const [whole = "0", part] = String(rounded).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part === undefined ? "" : `.${part}`);
}

/** `1 patient`, `1,240 patients`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${told(count)} ${count === 1 ? one : many}`;
