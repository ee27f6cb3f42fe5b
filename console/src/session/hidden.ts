// What may not stand in an address: ids of patients, people and resources. A shared desk keeps a history of its addresses, and so do proxies.
// The address has `@1`; the value is in the memory of this page, and a copied link asks for it.
let values: string[] = [];

/** What stands in the address for a value. */
export function hide(value: string): string {
  if (value === "") return "";
  const at = values.indexOf(value);
  return `@${at === -1 ? values.push(value) : at + 1}`;
}

/** The value; null: this page does not know it, as the link came from elsewhere. */
export function reveal(name: string): string | null {
  const [, number] = /^@(\d+)$/.exec(name) ?? [];
  return number === undefined ? null : (values[Number(number) - 1] ?? null);
}

export function forgetHidden(): void {
  values = [];
}
