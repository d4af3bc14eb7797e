import { sql } from 'drizzle-orm';
import { customType, integer, text, timestamp } from 'drizzle-orm/pg-core';
import { type Id, idToUuid, isId, type Prefix, uuidToId } from './ids.ts';

/** A `uuid` column that speaks TypeIDs of one prefix. Anything else throws before SQL is sent: it is a bug, never bad input. */
export function id<P extends Prefix>(prefix: P) {
  return customType<{ data: Id<P>; driverData: string }>({
    dataType: () => 'uuid',
    toDriver: (value) => toUuid(prefix, value),
    fromDriver: (value) => uuidToId(prefix, value),
  })();
}

/** `uuid[]` of TypeIDs of one prefix. */
export function idArray<P extends Prefix>(prefix: P) {
  return customType<{ data: Id<P>[]; driverData: string | string[] }>({
    dataType: () => 'uuid[]',
    toDriver: (values) => `{${values.map((value) => toUuid(prefix, value)).join(',')}}`,
    fromDriver: (value) => arrayOf(value).map((element) => uuidToId(prefix, element)),
  })();
}

/** The primary key of an ordinary table: a UUIDv7 that the database can also give, so `insert … select` works. */
export const pk = <P extends Prefix>(prefix: P) => id(prefix).primaryKey().default(sql`uuidv7()`);

/** A polymorphic or historical reference, stored as bare uuid text; its kind stands in a column beside it. */
export const bareUuid = customType<{ data: string; driverData: string }>({ dataType: () => 'uuid' });

export const bytea = customType<{ data: Uint8Array; driverData: string | Uint8Array }>({
  dataType: () => 'bytea',
  toDriver: (value) => `\\x${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')}`,
  fromDriver: (value) => (typeof value === 'string' ? fromHex(value.slice(2)) : new Uint8Array(value)),
});

export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/** Milliseconds, because a JavaScript `Date` holds exactly those. */
export const instant = () => timestamp({ withTimezone: true, precision: 3, mode: 'date' });
export const createdAt = () => instant().notNull().defaultNow();
export const updatedAt = () => instant().notNull().defaultNow();

/** The guard of every commit that touches the aggregate, its children included. */
export const revision = () => integer().notNull().default(1);
/** The client's edit token: moves with field edits only. */
export const version = () => integer().notNull().default(1);

/** Text restricted to a value set; pair it with `oneOf` in the table's constraints. */
export const choice = <const V extends readonly [string, ...string[]]>(values: V) =>
  text({ enum: [...values] }).$type<V[number]>();

function toUuid(prefix: Prefix, value: unknown): string {
  if (!isId(prefix, value))
    throw new TypeError(`a ${prefix} column was given ${typeof value === 'string' ? 'a foreign id' : typeof value}`);
  return idToUuid(value as Id);
}

function arrayOf(value: string | string[]): string[] {
  if (typeof value !== 'string') return value;
  return value === '{}' ? [] : value.slice(1, -1).split(',');
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
