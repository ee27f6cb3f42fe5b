import { readFile } from "node:fs/promises";
import { Reader, type Response } from "maxmind";
import { isPrivateAddress, networkOf, plainAddress } from "../domain/kernel/ipAddress.ts";
import type { NetworkPlace } from "../domain/monitoring/watchedDecision.ts";

/** Where an address is, as far as it is known; null: nowhere, as it is private, or no address. */
export type PlaceOf = (ipAddress: string) => NetworkPlace | null;

/** What the files that are read say of an address, by either of the two spellings that are in use. */
interface Entry {
  readonly country_code?: unknown;
  readonly country?: { readonly iso_code?: unknown };
  readonly autonomous_system_number?: unknown;
}
const countryOf = ({ country, country_code = country?.iso_code }: Entry): string | null =>
  typeof country_code === "string" && /^[A-Z]{2}$/.test(country_code) ? country_code : null;
const systemOf = ({ autonomous_system_number: number }: Entry): number | null =>
  typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : null;

/** Kinds of files by what their metadata call them, in which countries or autonomous systems stand. */
const KINDS = /country|city|asn|\bas\b/i;

/** A file of places that can't be used. Its text says which, and why. */
export class PlaceDataError extends Error {
  constructor(path: string, why: string, cause?: unknown) {
    super(`${path} ${why}`, { cause });
    this.name = "PlaceDataError";
  }
}

async function readerOf(path: string): Promise<Reader<Response>> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new PlaceDataError(path, error.code === "ENOENT" ? "is not there" : "can't be read", error);
  });
  let reader: Reader<Response>;
  try {
    reader = new Reader(bytes);
  } catch (error) {
    throw new PlaceDataError(path, "is no MaxMind DB file (.mmdb)", error);
  }
  const { databaseType } = reader.metadata;
  if (!KINDS.test(databaseType))
    throw new PlaceDataError(
      path,
      `is a file of another kind (${databaseType}): wanted are countries or autonomous systems`,
    );
  return reader;
}

/** What a file says of an address; null: nothing, or it is damaged where that would stand. */
function entryIn(reader: Reader<Response>, ipAddress: string, failed: (error: unknown) => void): Entry | null {
  try {
    const entry: unknown = reader.get(ipAddress);
    return typeof entry === "object" ? entry : null;
  } catch (error) {
    failed(error);
    return null;
  }
}

/** A file of places, and who is told that a look-up in it failed. */
interface PlaceFile {
  readonly reader: Reader<Response>;
  readonly failed: (error: unknown) => void;
}

/** What of two is known; the first file that knows a country tells it. */
function placeIn(files: readonly PlaceFile[], ipAddress: string): Omit<NetworkPlace, "network"> {
  let [country, autonomousSystem]: [string | null, number | null] = [null, null];
  for (const { failed, reader } of files) {
    // A file of IPv4 addresses knows none of IPv6, and says so by throwing.
    if (reader.metadata.ipVersion === 4 && ipAddress.includes(":")) continue;
    const entry = entryIn(reader, ipAddress, failed);
    if (entry === null) continue;
    country ??= countryOf(entry);
    autonomousSystem ??= systemOf(entry);
  }
  return { country, autonomousSystem };
}

/**
 * Where addresses are, by offline data in MaxMind DB files of countries and of autonomous systems, which are read into memory whole;
 * without any, by their networks alone. What a damaged file does not tell is not known: watching goes on without it, and `damaged` is
 * told of the file once. @throws PlaceDataError
 */
export async function openPlaces(
  paths: readonly string[],
  damaged: (error: PlaceDataError) => void = () => {},
): Promise<PlaceOf> {
  const files = await Promise.all(
    paths.map(async (path): Promise<PlaceFile> => {
      const reader = await readerOf(path);
      let isTold = false;
      const failed = (error: unknown): void => {
        if (!isTold) damaged(new PlaceDataError(path, "is damaged: some addresses are nowhere", error));
        isTold = true;
      };
      return { reader, failed };
    }),
  );
  return (ipAddress) => {
    const [network, plain] = [networkOf(ipAddress), plainAddress(ipAddress)];
    if (network === null || plain === null || isPrivateAddress(ipAddress)) return null;
    return { network, ...placeIn(files, plain) };
  };
}
