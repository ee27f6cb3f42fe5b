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

/** What of two is known; the first file that knows a country tells it. */
function placeIn(readers: readonly Reader<Response>[], ipAddress: string): Omit<NetworkPlace, "network"> {
  let [country, autonomousSystem]: [string | null, number | null] = [null, null];
  for (const reader of readers) {
    // A file of IPv4 addresses knows none of IPv6, and says so by throwing.
    if (reader.metadata.ipVersion === 4 && ipAddress.includes(":")) continue;
    const entry = reader.get(ipAddress) as Entry | null;
    if (entry === null) continue;
    country ??= countryOf(entry);
    autonomousSystem ??= systemOf(entry);
  }
  return { country, autonomousSystem };
}

/**
 * Where addresses are, by offline data in MaxMind DB files of countries and of autonomous systems, which are read into memory whole;
 * without any, by their networks alone. @throws PlaceDataError
 */
export async function openPlaces(paths: readonly string[]): Promise<PlaceOf> {
  const readers = await Promise.all(paths.map(readerOf));
  return (ipAddress) => {
    const [network, plain] = [networkOf(ipAddress), plainAddress(ipAddress)];
    if (network === null || plain === null || isPrivateAddress(ipAddress)) return null;
    return { network, ...placeIn(readers, plain) };
  };
}
