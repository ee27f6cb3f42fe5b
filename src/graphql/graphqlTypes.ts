import { Field, Float, ID, InputType, Int, ObjectType } from "type-graphql";
import type { Json as JsonValue } from "../domain/kernel/canonical.ts";
import { ChangeCursor, DateTime, Json } from "./scalars.ts";

/** A member on the wire: its GraphQL type and what is said of it. */
export interface Member {
  readonly type: object | readonly [object];
  readonly description: string;
  readonly nullable?: true | "items";
  readonly defaultValue?: unknown;
}
/** `accepts` and `gives` are never there: they tell the compiler for which values of the domain the member will do. */
export type OutputMember<Value> = Member & { readonly accepts?: (value: Value) => void };
export type InputMember<Value> = Member & { readonly gives?: () => Value };
type Both<Value, Printed> = InputMember<Value> & OutputMember<Printed>;

/** Makes members of one type, each from its description: inputs give a `Value`, outputs accept what can be `Printed`. */
interface Kind<Value, Printed = Value> {
  (description: string): Both<Value, Printed>;
  readonly orNull: (description: string) => Both<Value | null, Printed | null>;
  /** With a default for inputs that leave it out; null may be given still. */
  readonly or: (defaultValue: Value, description: string) => Both<Value | null, Printed | null>;
  readonly list: (description: string) => Both<readonly Value[], readonly Printed[]>;
  /** A list whose items may be null. */
  readonly listOfNullable: (description: string) => Both<readonly (Value | null)[], readonly (Printed | null)[]>;
  readonly listOrNull: (description: string) => Both<readonly Value[] | null, readonly Printed[] | null>;
}

function kind<Value, Printed = Value>(type: object): Kind<Value, Printed> {
  const of = (description: string) => ({ type, description });
  return Object.assign(of, {
    orNull: (description: string) => ({ type, description, nullable: true }) as const,
    or: (defaultValue: Value, description: string) => ({ type, description, nullable: true, defaultValue }) as const,
    list: (description: string) => ({ type: [type], description }) as const,
    listOfNullable: (description: string) => ({ type: [type], description, nullable: "items" }) as const,
    listOrNull: (description: string) => ({ type: [type], description, nullable: true }) as const,
  });
}

export const id = kind<string>(ID);
export const text = kind<string>(String);
export const int = kind<number>(Int);
export const number = kind<number>(Float);
export const flag = kind<boolean>(Boolean);
/** Milliseconds since 1970 in the domain. */
export const time = kind<number>(DateTime);
export const changeCursor = kind<string>(ChangeCursor);
export const json = kind<JsonValue, unknown>(Json);
/** An enum that was made by `enumeration`. */
export type Enumeration<Name> = object & { readonly name?: Name };
export const oneOf = <Name>(type: Enumeration<Name>): Kind<Name> => kind(type);
/** A type that was made by `objectType` or `inputType`. */
export const of = <Value extends object>(type: new () => Value): Kind<Value> => kind(type);

/** Declares a member of a type to type-graphql. */
export function declareMember(target: new () => object, name: string, { type, ...options }: Member): void {
  Field(() => type, options)(target.prototype, name);
}

/** What an object type says of every member of a value. */
export type OutputMembers<Value> = { readonly [Name in keyof Value]-?: OutputMember<Value[Name]> };

/**
 * The object type of values of the domain. It does not compile unless it says of every member what it is on the wire,
 * and allows null where the domain may have it.
 */
export function objectType<Value extends object>(
  name: string,
  description: string,
  members: OutputMembers<Value>,
): new () => Value {
  @ObjectType(name, { simpleResolvers: true, description })
  class Type {}
  for (const [member, row] of Object.entries<Member>(members)) declareMember(Type, member, row);
  return Type as new () => Value;
}

/**
 * The input type of an input of the domain. It does not compile when it leaves out a member, which would be lost on the
 * way without a word, or gives null where the domain takes none.
 */
export function inputType<Value extends object>(
  name: string,
  description: string,
  members: { readonly [Name in keyof Value]-?: InputMember<Value[Name]> },
): new () => Value {
  @InputType(name, { description })
  class Type {}
  for (const [member, row] of Object.entries<Member>(members)) declareMember(Type, member, row);
  return Type as new () => Value;
}
