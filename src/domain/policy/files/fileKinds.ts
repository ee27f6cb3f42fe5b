import type { Json } from "../../kernel/canonical.ts";
import { isObject } from "../../kernel/reader.ts";
import { isoTime } from "../../kernel/time.ts";
import { type FileReader, type Read, TIME } from "./fileReader.ts";

/** A JSON Schema (2020-12), as far as it is used here. */
export type JsonSchema = { readonly [keyword: string]: Json };

/** One kind of value in files: how it is read, how it is written, and what an editor is told of it. */
export interface Kind<T> {
  /** Reads it from a file; null: the problem has been noted. */
  read(reader: FileReader): Read<T>;
  /** As files and the API write it. */
  write(value: T): Json;
  /** Accepts all that `read` accepts. */
  readonly schema: JsonSchema;
  /** What a GraphQL query selects of it; empty for a leaf. */
  readonly selection: string;
  /** Whether null is one of its values. */
  readonly takesNull?: true;
}

export interface Field<T> {
  readonly required: boolean;
  readonly kind: Kind<T>;
}
/** A kind for every field of T, so that a new field does not compile until files can have it. */
export type Shape<T> = {
  readonly [F in keyof T]-?: Field<NonNullable<T[F]>> & { readonly required: undefined extends T[F] ? false : true };
};

export const must = <T>(kind: Kind<T>) => ({ required: true, kind }) as const;
export const may = <T>(kind: Kind<T>) => ({ required: false, kind }) as const;

const leaf = <T extends Json>(schema: JsonSchema, read: (reader: FileReader) => Read<T>): Kind<T> => ({
  read,
  write: (value) => value,
  schema,
  selection: "",
});

export const text = leaf<string>({ type: "string" }, (reader) => (value, path) => reader.string(value, path));
export const flag = leaf<boolean>({ type: "boolean" }, (reader) => (value, path) => reader.boolean(value, path));
export const whole = leaf<number>(
  { type: "integer", minimum: 1, maximum: 2_147_483_647 },
  (reader) => (value, path) => reader.whole(value, path),
);
/** Whatever JSON can carry, but for null by itself: an empty value may be meant as anything. */
export const json = leaf<NonNullable<Json>>(
  { type: ["object", "array", "string", "number", "boolean"] },
  (reader) => (value, path) => reader.json(value, path),
);
/** Milliseconds since 1970; in files and in the API an ISO 8601 text with an offset. */
export const time: Kind<number> = {
  ...leaf<number>({ type: "string", pattern: TIME.source }, (reader) => (value, path) => reader.time(value, path)),
  write: (value) => isoTime(value).replace(".000Z", "Z"),
};

export const oneOf = <T extends string>(values: readonly T[]): Kind<T> =>
  leaf<T>({ enum: values }, (reader) => reader.oneOf(values));

/** Values by their names in files. */
export function nameOf<T>(values: ReadonlyMap<string, T>): Kind<T> {
  const names = new Map([...values].map(([name, value]) => [value, name]));
  return {
    read: (reader) => reader.nameOf(values),
    write: (value) => names.get(value) ?? null,
    schema: { enum: [...values.keys()] },
    selection: "",
  };
}

export const list = <T>(kind: Kind<T>): Kind<readonly T[]> => ({
  read: (reader) => reader.list(kind.read(reader)),
  write: (values) => values.map((value) => kind.write(value)),
  schema: { type: "array", items: kind.schema },
  selection: kind.selection,
});

/** Null where there is nothing, which must be said. */
export const orNull = <T>(kind: Kind<T>): Kind<T> => ({
  ...kind,
  schema: { anyOf: [kind.schema, { type: "null" }] },
  takesNull: true,
});

/** A mapping with exactly the fields of a shape. */
export function object<T>(shape: Shape<T>): Kind<T> {
  const fields = Object.entries<Field<unknown>>(shape);
  const names = fields.map(([name]) => name);
  const nullable = new Set(fields.flatMap(([name, { kind }]) => (kind.takesNull === true ? [name] : [])));
  const required = fields.flatMap(([name, field]) => (field.required ? [name] : []));
  return {
    read: (reader) => {
      const readers = new Map(fields.map(([name, { kind }]) => [name, kind.read(reader)] as const));
      return (value, path) => {
        const members = reader.object(value, path);
        if (members === null) return null;
        const before = reader.problems.length;
        const values = new Map<string, unknown>();
        for (const [name, member] of Object.entries(members)) {
          const read = readers.get(name);
          if (read === undefined) reader.unknown(path, name, names);
          // An empty value may be meant as the default or be forgotten; in a policy the difference matters.
          else if (member === null && nullable.has(name)) values.set(name, null);
          else if (member === null)
            reader.problem(path === "" ? name : `${path}.${name}`, "is empty; give a value, or leave the field out");
          else values.set(name, read(member, path === "" ? name : `${path}.${name}`));
        }
        for (const name of required)
          if (members[name] === undefined) reader.problem(path, `must have the field ${name}`);
        // Each value was read by the reader that the shape has for its name.
        return reader.problems.length > before ? null : (Object.fromEntries(values) as T);
      };
    },
    write: (value) => {
      const members = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        fields.flatMap(([name, { kind }]) => {
          const member = members[name];
          return member === undefined || member === null ? [] : [[name, kind.write(member)]];
        }),
      );
    },
    schema: {
      type: "object",
      properties: Object.fromEntries(fields.map(([name, { kind }]) => [name, kind.schema])),
      ...(required.length > 0 ? { required } : {}),
      additionalProperties: false,
    },
    selection: `{ ${fields.map(([name, { kind }]) => `${name} ${kind.selection}`.trim()).join(" ")} }`,
  };
}

/** A mapping with exactly one of the names; what it holds is read by the name's kind. */
export function exactlyOne<T>(
  kinds: { readonly [Name in keyof T]-?: Kind<NonNullable<T[Name]>> },
  what: string,
): Kind<T> {
  const entries = Object.entries<Kind<unknown>>(kinds);
  const known = entries.map(([name]) => name);
  return {
    read: (reader) => {
      const readers = new Map(entries.map(([name, kind]) => [name, kind.read(reader)] as const));
      return (value, path) => {
        const members = reader.object(value, path);
        if (members === null) return null;
        const [first, ...others] = Object.entries(members);
        if (first === undefined || others.length > 0) {
          const names = Object.keys(members).join(", ");
          return reader.problem(path, `must have exactly one ${what}, not ${names === "" ? "none" : names}`);
        }
        const [name, input] = first;
        const read = readers.get(name);
        if (read === undefined) return reader.unknown(path, name, known);
        const found = read(input, `${path}.${name}`);
        return found === null ? null : ({ [name]: found } as T);
      };
    },
    write: (value) => {
      if (!isObject(value)) return null;
      return Object.fromEntries(
        entries.flatMap(([name, kind]) => {
          const member = value[name];
          return member === undefined || member === null ? [] : [[name, kind.write(member)]];
        }),
      );
    },
    schema: {
      type: "object",
      properties: Object.fromEntries(entries.map(([name, kind]) => [name, kind.schema])),
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
    },
    selection: "",
  };
}
