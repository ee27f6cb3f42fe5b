/** A person as they stand in a field: the id, or of another type than `user` the type and the id. */
export const personText = (id: string, type: string | null): string =>
  type === null || type === "user" ? id : `${type}/${id}`;

/** The same as the service names people. */
export function personOf(text: string): { readonly id: string; readonly type: string } {
  const [type = "", ...id] = text.trim().split("/");
  return id.length === 0 ? { type: "user", id: type } : { type, id: id.join("/") };
}
