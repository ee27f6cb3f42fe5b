import type { ClientSettings } from "@scopewarden/client";
import type { HolderSettings } from "./holder.ts";
import type { UpstreamSettings } from "./upstream.ts";

export interface GuardSettings extends HolderSettings {
  readonly upstream: UpstreamSettings;
  /** The address under which clients reach the guard, without a slash at its end. */
  readonly base: string;
  readonly host: string;
  readonly port: number;
  /** How the service is asked: with a key of role `service`, without `assertRoles`. */
  readonly service: ClientSettings;
  /** Whose the upstream's data is; null: the questions name nobody. */
  readonly organization: string | null;
  /** Seals the links to next pages; null: with a key of this process, so that they end with it. */
  readonly linkKey: string | null;
  /** What `.well-known/smart-configuration` answers; null: nothing. */
  readonly smart: object | null;
  /** Addresses of proxies that may ask `/forward-auth`; absent: it is not served. */
  readonly forwardAuthFrom?: ReadonlySet<string>;
  /** Entries of the upstream that one page looks at, at most. */
  readonly mostLookedAt: number;
}
