/** What is kept of the tree's hashes can't be read: none of it is as this service writes it. */
export class DamagedTreeError extends Error {
  constructor(what: string) {
    super(`The hashes that are kept of the record can't be read: ${what}.`);
    this.name = "DamagedTreeError";
  }
}
