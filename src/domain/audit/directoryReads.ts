import { seesPseudonyms } from "../callers/permissions.ts";
import type { Identity } from "../callers/types.ts";
import { type Account, accountsIn } from "../directory/accounts.ts";
import type { DirectoryAdmin } from "../directory/admin.ts";
import { type Directory, entityOf } from "../directory/directory.ts";
import type { Entity, EntityRef } from "../directory/entity.ts";
import type { OpenDirectory } from "../directory/openDirectory.ts";
import type { DirectoryStore, EntityFilter } from "../directory/store.ts";
import { after } from "../kernel/after.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import type { Page, PageRequest } from "../kernel/pages.ts";
import type { PersistentMap } from "../kernel/persistentMap.ts";
import type { Breathe } from "../kernel/ports.ts";
import { byText, sortedInParts } from "../kernel/sortedInParts.ts";
import { walkedOnce } from "../kernel/walkedOnce.ts";
import type { RecordOpened } from "./entityOpened.ts";

/** One entry that is asked for; a reason opens it whole. */
export interface EntityAsked extends EntityRef {
  readonly reason: string | null;
}

/**
 * The directory as a caller may read it: auditors all of it, others what is open (`openDirectory.ts`), and one entry, with a reason, on record.
 * All reject with POLICY_UNAVAILABLE.
 */
export interface DirectoryReads {
  page(
    caller: Identity,
    query: { readonly filter: EntityFilter; readonly page: PageRequest<string> },
  ): Promise<Page<Entity, string>>;
  /**
   * Null: it is not there, or is a patient's and no reason opens it.
   * @throws ScopewardenError FORBIDDEN with a reason to who is neither admin nor auditor, BAD_USER_INPUT, JOURNAL_UNAVAILABLE
   */
  entity(caller: Identity, asked: EntityAsked): Promise<Entity | null>;
}

const idsOf = walkedOnce((entities: PersistentMap<Entity>, breathe: Breathe) =>
  sortedInParts(entities.keys(), breathe, byText),
);

/** Whether an entry is of who asks: by its type and id, or by an account that it has. */
function isOwn(caller: Identity, { id, type }: EntityRef, accounts: readonly Account[]): boolean {
  const own = [caller.subject, ...(caller.linked ?? [])].filter((each) => each !== null);
  return own.some((each) =>
    each.issuer === null
      ? each.type === type && each.id === id
      : accounts.some((account) => account.issuer === each.issuer && account.id === each.id),
  );
}

const afterOf = (after: string | null): EntityRef | null => {
  if (after === null) return null;
  const [type, id] = JSON.parse(after) as readonly unknown[];
  return typeof type === "string" && typeof id === "string" ? { type, id } : null;
};

export function createDirectoryReads(deps: {
  readonly admin: Pick<DirectoryAdmin, "current" | "entity">;
  readonly store: Pick<DirectoryStore, "page">;
  readonly openDirectory: OpenDirectory;
  readonly breathe: Breathe;
  readonly recordOpened: RecordOpened;
}): DirectoryReads {
  const { admin, breathe, openDirectory, recordOpened, store } = deps;

  /** With the accounts of who asks, where it is theirs. */
  function shown(caller: Identity, open: Directory, ref: EntityRef): Entity | null {
    const entity = entityOf(open, ref.type, ref.id);
    const accounts = admin.entity(ref)?.properties?.accounts;
    if (entity === undefined) return null;
    if (accounts === undefined || !isOwn(caller, ref, accountsIn({ accounts }))) return entity;
    return { ...entity, properties: { ...entity.properties, accounts } };
  }

  async function openPage(
    caller: Identity,
    { filter, page }: Parameters<DirectoryReads["page"]>[1],
  ): Promise<Page<Entity, string>> {
    const open = await openDirectory();
    const { first } = page;
    const place = afterOf(page.after);
    const items: { readonly node: Entity; readonly key: string }[] = [];
    for (const type of [...open.entities.keys()].sort(byText)) {
      if ((filter.type ?? type) !== type || (place !== null && type < place.type)) continue;
      const of = open.entities.get(type) as PersistentMap<Entity>;
      const ids = filter.id === undefined ? await idsOf(of, breathe) : of.has(filter.id) ? [filter.id] : [];
      for (const id of after(ids, type === place?.type ? place.id : null)) {
        if (items.length === first) return { items, hasNextPage: true };
        const node = shown(caller, open, { type, id });
        if (node !== null) items.push({ node, key: JSON.stringify([type, id]) });
      }
    }
    return { items, hasNextPage: false };
  }

  return {
    page: (caller, query) => (seesPseudonyms(caller) ? openPage(caller, query) : store.page(query)),
    async entity(caller, { id, reason, type }) {
      const ref = { type, id };
      if (reason === null)
        return seesPseudonyms(caller) ? shown(caller, await openDirectory(), ref) : admin.entity(ref);
      if (!caller.roles.has("admin") && !caller.roles.has("auditor"))
        throw new ScopewardenError(
          "FORBIDDEN",
          "reason: admins and auditors alone open an entry of the directory; leave it out to read staff, clients and what is nobody's.",
        );
      const entity = admin.entity(ref);
      await recordOpened(caller, { ...ref, reason }, entity);
      return entity;
    },
  };
}
