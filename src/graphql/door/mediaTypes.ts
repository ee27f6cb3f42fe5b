import { Memo } from "../../domain/kernel/memo.ts";

export interface MediaTypes {
  /** The `content-type` that Apollo answers with to this `Accept` header, if it is known. */
  of(accept: string | undefined): string | undefined;
  /** Learns from an answer with the status 200, which says that the header was acceptable. */
  learn(accept: string | undefined, contentType: string | undefined): void;
}

const MAX_ACCEPTED = 64;
const MAX_ACCEPT_LENGTH = 256;

/** Apollo's choice of a media type depends on the `Accept` header alone, so it need not be made again for each request. */
export function createMediaTypes(): MediaTypes {
  const byAccept = new Memo<string>(MAX_ACCEPTED);
  return {
    of: (accept = "") => byAccept.get(accept),
    learn(accept = "", contentType) {
      if (contentType === undefined || accept.length > MAX_ACCEPT_LENGTH || byAccept.get(accept) !== undefined) return;
      byAccept.set(accept, contentType);
    },
  };
}
