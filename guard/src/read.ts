import type { Holder } from "./holder.ts";
import { isMembers, type Members, type Resource } from "./json.ts";
import { type GuardAnswer, notThere, Refused, unavailable } from "./outcome.ts";
import { type Deciding, isAskable, type Released, release } from "./release.ts";
import type { Searching } from "./search.ts";

/** By its `meta`; null: it says none. */
export function versionOf({ plain }: Resource): string | null {
  const version = isMembers(plain.meta) ? plain.meta.versionId : undefined;
  return typeof version === "string" && /^[A-Za-z0-9.-]{1,64}$/.test(version) ? version : null;
}

function answerOf({ notices, resource }: Released, ifNoneMatch: string | undefined): GuardAnswer {
  const meta: Members = isMembers(resource.meta) ? resource.meta : {};
  const etag =
    typeof meta.versionId === "string" && /^[A-Za-z0-9.-]{1,64}$/.test(meta.versionId) ? `W/"${meta.versionId}"` : null;
  const headers = {
    ...(etag !== null && { etag }),
    ...(notices.length > 0 && { "scopewarden-notice": notices.join(" ") }),
  };
  const isKnown =
    etag !== null && (ifNoneMatch ?? "").split(",").some((each) => each.trim().replace(/^W\//, "") === etag.slice(2));
  return isKnown ? { status: 304, headers } : { status: 200, body: resource, headers };
}

/** Asks about what is not there, so that it takes as long, and is on record, as what is there and refused. @throws Refused */
export async function askInVain(
  names: readonly { readonly type: string; readonly id: string }[],
  holder: Holder,
  { client, organization }: Pick<Deciding, "client" | "organization">,
): Promise<void> {
  const answers = await client.authorizeBatch(
    names.map(({ id, type }) => ({
      ...{ ...holder.asker, action: "read" },
      resource: { type, id, ...(organization !== null && { organization }) },
    })),
  );
  if (answers.some((answer) => answer.outcome === "error" && answer.kind !== "refused"))
    throw new Refused(unavailable());
}

interface Place {
  readonly type: string;
  readonly id: string;
  /** Null: as it is now. */
  readonly version: string | null;
}

/** A resource, or one version of it, which is decided as it was and as it is. Null: it is not there, or may not be read. @throws Refused */
export async function readReleased(
  { id, type, version }: Place,
  holder: Holder,
  deciding: Searching,
): Promise<Released | null> {
  // Both at once, and both of what is not there, too: how often the upstream was asked would tell the two from each other.
  const versions = await Promise.all([
    deciding.upstream.read(type, id),
    ...(version === null ? [] : [deciding.upstream.read(type, id, version)]),
  ]);
  const all = versions.filter((each) => each !== null);
  if (all.length < versions.length || !all.every((each) => isAskable(each, deciding))) {
    await askInVain(
      versions.map(() => ({ type, id })),
      holder,
      deciding,
    );
    return null;
  }
  const released = await release(all, holder, deciding);
  return released.includes(null) ? null : (released.at(-1) ?? null);
}

/** Answers a read. @throws Refused */
export async function read(
  { ifNoneMatch, ...place }: Place & { readonly ifNoneMatch: string | undefined },
  holder: Holder,
  searching: Searching,
): Promise<GuardAnswer> {
  const released = await readReleased(place, holder, searching);
  return released === null ? notThere() : answerOf(released, ifNoneMatch);
}
